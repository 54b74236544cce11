#!/bin/sh
# The way of the page "Email Statistics": awk writes two commands for each address, and a shell runs
# them. dnsbl.sh ZONE PORT <ADDRESSES
mawk -F. -v zone="$1" -v dig="dig +short @127.0.0.1 -p $2 " '{
    name = $4 "." $3 "." $2 "." $1 "." zone
    print "printf \"%s\\t%s\\t%s\\n\" " $0 " \"$(" dig name " | tr \"\\n\" , | sed s/,$//)\"" \
        " \"$(" dig "txt " name " | tr -d \\\")\""
}' | sh
