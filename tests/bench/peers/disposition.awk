# Logterse lines by disposition: awk -F'\t'
/logging::logterse/ { n[$6]++ }
END {
    for (value in n) print n[value] "\t" value
}
