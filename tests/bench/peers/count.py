"""Rows by the value of column N of the lines with TEXT: count.py N [TEXT] <FILE"""
import sys
from collections import defaultdict

column, text = int(sys.argv[1]), (sys.argv[2].encode() if len(sys.argv) > 2 else b"")
n = defaultdict(int)
for line in sys.stdin.buffer:
    if text in line:
        n[line.rstrip(b"\n").split(b"\t", column)[column - 1]] += 1
for value, count in n.items():
    sys.stdout.buffer.write(b"%d\t%b\n" % (count, value))
