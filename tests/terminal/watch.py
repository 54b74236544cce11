"""Runs a slow command with a terminal as standard error: watch.py LEAST MOST STEP COLUMNS COMMAND...

Feeds it the line of standard input again every STEP seconds: for at least LEAST seconds, and for at most
MOST, until it says something. The terminal is COLUMNS wide; 0 means that it does not say. What the
command says there goes to standard output, after the number of milliseconds until then.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

least, most, step = map(float, sys.argv[1:4])
line = sys.stdin.buffer.readline()
terminal, other_end = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[4]), 0, 0))
begun = time.monotonic()
child = subprocess.Popen(
    sys.argv[5:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=other_end
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
