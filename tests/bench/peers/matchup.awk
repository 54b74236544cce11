# Deliveries of qmail-send, from qmailanalog's matchup or from qmsend-parse, in one lay-out: birth, start
# and end in milliseconds, size, sender, recipient, result. matchup writes addresses in small letters,
# so both are. Its report is left out: it is not as the log has it.
function hex(digits,    at, value) {
    for (at = 1; at <= 8; at++)
        value = value * 16 + index("0123456789abcdef", substr(digits, at, 1)) - 1
    return value
}
function ms(time) { return substr(time, 1, 10) * 1000 + substr(time, 12, 3) }
function row(birth, start, end, bytes, sender, recipient, result) {
    printf "%.0f\t%.0f\t%.0f\t%s\t%s\t%s\t%s\n", birth, start, end, bytes, sender, recipient, result
}
BEGIN { letter["success"] = "k"; letter["failure"] = "d"; letter["deferral"] = "z" }
$1 == "d" {
    recipient = $8
    sub(/^[^.]*\./, "", recipient)
    row(ms($3), ms($4), ms($5), $6, substr($7, 2, length($7) - 2), recipient, $2)
}
/^@/ {
    split($0, f, "\t")
    end = (hex(substr(f[1], 10, 8)) - 10) * 1000 + int(hex(substr(f[1], 18, 8)) / 1000000)
    if (f[4] == "<>") f[4] = ""
    row(end - f[9], end - f[8], end, f[6], tolower(f[4]), tolower(f[5]), letter[f[7]])
}
