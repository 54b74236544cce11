"""Types the lines of standard input in a shell on a terminal: type.py PROMPT COMMAND...

Each line is typed, and ended by the key Enter, once the shell shows its prompt; the first, which gives it
this prompt, when it shows anything. What the shell writes goes to standard output. A shell that is silent
for a minute is ended.
"""

import os
import pty
import select
import signal
import sys

SILENCE_SECONDS = 60


def read(terminal):
    """What comes next, or nothing at the end."""
    if not select.select([terminal], [], [], SILENCE_SECONDS)[0]:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:  # the shell has gone
        return b""


prompt, command = sys.argv[1].encode(), sys.argv[2:]
lines = sys.stdin.buffer.read().splitlines()
shell, terminal = pty.fork()
if shell == 0:
    os.execvp(command[0], command)
seen, is_new = b"", True
while chunk := read(terminal):
    sys.stdout.buffer.write(chunk)
    seen += chunk
    if (is_new or prompt in seen) and lines:
        seen, is_new = b"", False
        os.write(terminal, lines.pop(0) + b"\r")
try:
    os.kill(shell, signal.SIGHUP)
except ProcessLookupError:
    pass
os.close(terminal)
os.waitpid(shell, 0)
sys.exit(1 if lines else 0)
