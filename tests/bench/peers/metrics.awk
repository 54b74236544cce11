# The metrics of message rows of a stats log, by domain; rows without odd addresses.
function domain(address) { return tolower(substr(address, index(address, "@") + 1)) }
function add(whose, metric, label, number) {
    sums[days[hour] "\t\t" $2 "\t" whose "\t\t" $14 "\t" metric "\t" label] += number
}
BEGIN { FS = "\t" }
{
    hour = int($1 / 3600)
    if (!(hour in days)) days[hour] = strftime("%Y-%m-%d", $1)
    seen[days[hour] "\t\t" $2 "\t\t\t" $14 "\t"]
}
$3 == "in" {
    whose = domain($6)
    add(whose, "mail.received_bytes", "", $7)
    if ($8 == "success") {
        add(whose, "mail.in", "", 1)
        add(whose, "mail.in_bytes", "", $7)
        if ($5 == "") add(whose, "mail.bounces_in", "", 1)
        next
    }
    add(whose, "mail.failed_in", $12, 1)
    if ($8 == "rejspam") add(whose, "mail.spam_refused", "", 1)
    if ($8 == "rejclam") add(whose, "mail.virus_refused", "", 1)
}
$3 == "out" {
    whose = domain($5)
    if ($8 == "success") {
        add(whose, "mail.out", "", 1)
        add(whose, "mail.out_bytes", "", $7)
    } else add(whose, "mail.failed_out", $12 " " domain($6), 1)
}
END {
    metrics = "in out in_bytes out_bytes failed_in failed_out bounces_in received_bytes spam_refused virus_refused"
    n = split(metrics, zeros, " ")
    for (key in seen) for (i = 1; i <= n; i++) sums[key "mail." zeros[i] "\t"] += 0
    for (key in sums) printf "%s\t%.0f\n", key, sums[key]
}
