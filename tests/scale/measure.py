"""Runs a command, waits for all that it started, and appends what it took to a table.

usage: measure.py TABLE NAME COMMAND...

CPU seconds are those of all descendants, also of those whose parents are gone, such as Spark's workers.
The load is that of the machine when the command began.
"""

import ctypes
import os
import resource
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    sys.exit("measure.py: this system does not let a process wait for its grandchildren")
table, name, *command = sys.argv[1:]
load = os.getloadavg()[0]
begin = time.monotonic()
status = subprocess.call(command)
wall = time.monotonic() - begin
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(table, "a") as rows:
    rows.write(f"| {name} | {wall:.1f} | {used.ru_utime + used.ru_stime:.1f} | {load:.1f} |\n")
sys.exit(status)
