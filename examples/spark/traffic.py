"""The traffic of many mail hosts, by Apache Spark: a row for each domain, in the file BILL.

usage: spark-submit traffic.py BILL stats FILE...          stats logs of H-Sphere
       spark-submit traffic.py BILL send DIRECTORY...      logs of qmail-send, a DIRECTORY for each host
       spark-submit traffic.py BILL sessions DIRECTORY...  logs of tcpserver, dovecot, ...: likewise

Sessions are no messages: for them SUM is metric-sum -q -r session, and MERGE metric-sum --merge.

Only names go through Spark, and sums come back. Lines of a log must not: sc.textFile() takes a bare
carriage return for the end of a line, and the client that wrote it chooses what is counted.
The workers need bash and our tools in the PATH of this script, and the files under the same names.
The bill is a file, as spark-submit mixes what is complained of into standard output.
"""

import os
import shlex
import subprocess
import sys

from pyspark import SparkContext

RANGE_BYTES = int(os.environ.get("RANGE_BYTES", 256 * 1024 * 1024))
SUM = os.environ.get("SUM", "xfer-sum -q")
MERGE = os.environ.get("MERGE", "xfer-sum --merge")

# A stats log can be cut anywhere: a task is a range of it.
STATS = f"""
while IFS=$'\\t' read -r range file; do
    qmstat-parse -q --bytes="$range" -- "$file"
done | {SUM}"""

# A log of qmail-send or of sessions can't: a delivery begins in one line and ends in another, perhaps days
# later. So a task is a host, whose files are read in the order of their names; what is pending goes from
# one to the next.
PARSERS = {"send": "qmsend-parse", "sessions": "session-parse"}
HOSTS = f"""
while IFS= read -r directory; do
    pending=$(mktemp -d)
    for log in "$directory"/*; do
        PARSER -q --host="${{directory##*/}}" --pending="$pending/file" -- "$log"
    done
    rm -r "$pending"
done | {SUM}"""


def ranges(file):
    """The ranges of a file, as `LO-HI TAB FILE`."""
    if not os.path.isfile(file):
        sys.exit(f"traffic.py: {file}: not a regular file")
    size = os.path.getsize(file)
    return [f"{low}-{low + RANGE_BYTES}\t{file}" for low in range(0, size, RANGE_BYTES)]


def main(bill, kind, names):
    names = [os.path.abspath(name) for name in names]
    context = SparkContext(appName="traffic")
    if kind == "stats":
        script, tasks = STATS, [task for file in names for task in ranges(file)]
    else:
        script, tasks = HOSTS.replace("PARSER", PARSERS[kind]), names
    # without pipefail a task is fine if its last program is, whatever became of the others
    command = shlex.join(["bash", "-euo", "pipefail", "-c", script])
    # pipe() starts its command with these variables and no other: no PATH, and days of another zone
    env = {name: os.environ[name] for name in ("PATH", "TZ") if name in os.environ}
    slices = max(1, min(len(tasks), 4 * context.defaultParallelism))
    rows = context.parallelize(tasks, slices).pipe(command, env=env, checkCode=True).collect()
    context.stop()
    sums = "".join(row + "\n" for row in rows)
    with open(bill + ".new", "wb") as new:
        subprocess.run(shlex.split(MERGE), input=sums.encode(), stdout=new, check=True)
    os.replace(bill + ".new", bill)


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[2] not in ("stats", *PARSERS):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
