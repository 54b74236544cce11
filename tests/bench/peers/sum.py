"""Messages and bytes per charged domain of a stats log without odd lines."""
import sys
from collections import defaultdict

messages, total = defaultdict(int), defaultdict(int)
for line in sys.stdin.buffer:
    head, sender, recipient, size, _ = line.split(b"|", 4)
    address = recipient if b" in[" in head else sender
    domain = address[address.index(b"@") + 1:].lower()
    messages[domain] += 1
    total[domain] += int(size)
for domain, size in total.items():
    sys.stdout.buffer.write(b"%b\t%d\t%d\n" % (domain, messages[domain], size))
