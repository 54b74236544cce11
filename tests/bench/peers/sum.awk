# Messages and bytes per charged domain of a stats log without odd lines.
BEGIN { FS = "|" }
{
    address = index($1, " in[") ? $3 : $2
    domain = tolower(substr(address, index(address, "@") + 1))
    messages[domain]++
    bytes[domain] += $4
}
END {
    for (domain in bytes) printf "%s\t%d\t%.0f\n", domain, messages[domain], bytes[domain]
}
