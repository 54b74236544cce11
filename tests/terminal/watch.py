"""Runs a slow command with a terminal as standard error: watch.py LEAST MOST STEP COMMAND...

Feeds it a line of standard input, which is repeated, every STEP seconds: at least for LEAST seconds, and
for at most MOST, until it says something. What it says on the terminal goes to standard output, after the
milliseconds until then.
"""

import os
import pty
import select
import subprocess
import sys
import time

least, most, step = map(float, sys.argv[1:4])
line = sys.stdin.buffer.readline()
terminal, other_end = pty.openpty()
begun = time.monotonic()
child = subprocess.Popen(
    sys.argv[4:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=other_end
)
os.close(other_end)
first = None
said = b""


def listen(seconds):
    """Takes in what is said; False at the end."""
    global first, said
    if not select.select([terminal], [], [], seconds)[0]:
        return True
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        return False
    if chunk and first is None:
        first = time.monotonic() - begun
    said += chunk
    return chunk != b""


while (now := time.monotonic() - begun) < least or (not said and now < most):
    child.stdin.write(line)
    child.stdin.flush()
    listen(0)
    time.sleep(step)
child.stdin.close()
while listen(60):
    pass
print(-1 if first is None else int(first * 1000), flush=True)
sys.stdout.buffer.write(said)
sys.exit(child.wait())
