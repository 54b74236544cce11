"""Local time for TAI64N labels; the date of the last second is kept."""
import sys
import time

last, date = b"", b""
write = sys.stdout.buffer.write
for line in sys.stdin.buffer:
    if line.startswith(b"@"):
        if line[9:17] != last:
            last = line[9:17]
            date = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(int(last, 16) - 10)).encode()
        write(b"%b.%09d%b" % (date, int(line[17:25], 16), line[25:]))
    else:
        write(line)
