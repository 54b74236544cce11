#!/bin/sh
# Counts in one lay-out and order, whoever wrote them: count, TAB, value, sorted.
awk -F'\t' -v OFS='\t' '
    $0 == "field,value,count" { next } # of xsv
    NF == 1 && split($0, cell, ",") == 3 { print cell[3], cell[2]; next }
    NF == 1 { sub(/^ */, ""); sub(/ /, OFS); print; next } # of uniq -c
    $1 !~ /^[0-9]+$/ { print $2, $1; next } # of those who write the value first
    { print }' | sort
