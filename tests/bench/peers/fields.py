"""Eight fields of each logterse line, addresses without their brackets."""
import sys

write = sys.stdout.buffer.write
for line in sys.stdin.buffer:
    if b"logging::logterse" in line:
        f = line.split(b"\t", 8)
        f[0] = f[0][f[0].index(b"` ") + 2:]
        f[3], f[4] = f[3][1:-1], f[4][1:-1]
        write(b"\t".join(f[:8]) + b"\n")
