# The fields of a stats log, counted from both ends, with the escapes of our rows.
BEGIN { FS = "|"; OFS = "\t" }
function escaped(text) {
    if (text ~ /[\\\t]/) {
        gsub(/\\/, "\\\\", text)
        gsub(/\t/, "\\t", text)
    }
    return text ~ /^["']/ ? "\\" text : text
}
NF >= 5 {
    split($1, head, " ")
    split(head[5], process, "\\[")
    if (process[1] != "in" && process[1] != "out" || head[6] !~ /^[0-9]+$/) next
    last = NF
    attempts = ""
    if (NF >= 6 && $NF ~ /^[0-9]*$/ && $(NF - 2) ~ /^[0-9]+$/) {
        attempts = $NF
        last = NF - 1
    }
    if ($(last - 1) !~ /^[0-9]+$/) next
    sender = $2
    recipient = $3
    if (last > 5) {
        both = $2
        for (at = 3; at <= last - 2; at++) both = both "|" $at
        domain = index(both, "@")
        bar = domain + index(substr(both, domain + 1), "|")
        sender = substr(both, 1, bar - 1)
        recipient = substr(both, bar + 1)
    }
    print head[6], head[4], process[1], substr(process[2], 1, length(process[2]) - 2), \
        escaped(sender), escaped(recipient), $(last - 1), escaped($last), attempts
}
