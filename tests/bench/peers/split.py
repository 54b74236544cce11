"""The fields of a stats log without odd lines."""
import sys

write = sys.stdout.buffer.write
for line in sys.stdin.buffer:
    head, rest = line.split(b"|", 1)
    h = head.split()
    direction, pid = h[4].split(b"[")
    write(b"\t".join((h[5], h[3], direction, pid[:-2], rest.replace(b"|", b"\t"))))
