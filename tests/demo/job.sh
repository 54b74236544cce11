#!/bin/sh
# The nightly job: two mail hosts' logs, each to a day file per day, the day files to the
# database, what is loaded to the archive. Started in the directory that holds it all.
set -eu

# What each host did, as rows: one per message and recipient.
cat mail1/log/@* mail1/log/current | qmsend-parse --host=mail1 >mail1/messages
qmstat-parse mail2/log/stats >mail2/messages 2>mail2/odd-lines

# A day file per day. The second host bills its own domains; other traffic is one line.
xfer-sum --out-dir=mail1/statistic mail1/messages
xfer-sum --out-dir=mail2/statistic --domains=rcpthosts mail2/messages

# Into the database; what is safe there goes to the archive.
for host in mail1 mail2; do
    traffic-load --db=traffic.db --host=$host $host/statistic/*.qml.txt |
        traffic-rotate --into=$host/statistic/loaded
done
