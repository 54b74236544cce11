# Messages and kilobytes per month, from metric rows.
BEGIN { FS = OFS = "\t" }
{ sums[substr($1, 1, 7) OFS $7] += $9 }
END {
    items["mail.in"] = "incoming"; items["mail.out"] = "outgoing"
    items["mail.in_bytes"] = "received"; items["mail.out_bytes"] = "sent"
    for (key in sums) {
        split(key, field, OFS)
        number = field[2] ~ /_bytes$/ ? int((sums[key] + 512) / 1024) : sums[key]
        printf "%s\t%s\t%d\n", field[1], items[field[2]], number
    }
}
