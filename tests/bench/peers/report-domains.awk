# Kilobytes received and sent per domain, and of all, from metric rows.
BEGIN { FS = OFS = "\t" }
$7 == "mail.in_bytes" { received[$4] += $9; all_received += $9 }
$7 == "mail.out_bytes" { sent[$4] += $9; all_sent += $9 }
function row(name, item, bytes) { print name, item, int((bytes + 512) / 1024) }
END {
    for (name in received) seen[name]
    for (name in sent) seen[name]
    for (name in seen) if (received[name] + sent[name] > 0) {
        shown = name == "" ? "(none)" : name
        row(shown, "received", received[name])
        row(shown, "sent", sent[name])
    }
    row("", "received", all_received)
    row("", "sent", all_sent)
}
