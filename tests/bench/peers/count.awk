# Rows by the value of one column: awk -F'\t' -v column=N
{ n[$column]++ }
END {
    for (value in n) print n[value] "\t" value
}
