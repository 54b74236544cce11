# The verdicts in a multilog of tcpserver, qmail-smtpd with chkuser, qlog and the policy patch, and simscan,
# without odd lines. What simscan lets pass waits for the next word on its process.
function row(pid, ip, port, host, helo, sender, recipient, disposition, code, message, is_spam, score, required, bytes, user, source,    n, p) {
    n = split(sender, p, /[.@]/)
    return $1 OFS pid OFS OFS ip OFS port OFS host OFS helo OFS sender OFS recipient OFS disposition OFS code OFS message OFS is_spam OFS score OFS required OFS OFS tolower(p[n]) OFS bytes OFS user OFS source
}
function settle(pid) {
    if (pid in held) {
        print held[pid]
        delete held[pid]
    }
}
function value(word) { return substr(word, index(word, "=") + 1) }
function hundredths(number) {
    sub(/\./, "", number)
    return number + 0
}
BEGIN {
    OFS = "\t"
    first = last = 0
}
$2 == "tcpserver:" {
    if ($3 == "ok") {
        settle($4)
        n = split($6, f, ":")
        client[$4] = f[2]
        ports[$4] = f[n]
        order[$4] = ++seen
    } else if ($3 == "end") {
        settle($4)
        delete client[$4]
        delete ports[$4]
        delete order[$4]
    }
    next
}
$2 == "CHKUSER" {
    split($0, f, /[<>|]/)
    title = substr(f[1], 35, length(f[1]) - 41)
    if (title == "accepted sender") next
    host = substr(f[7], 16)
    if (host == "unknown") host = ""
    disposition = title ~ /^accepted / || title == "relaying rcpt" ? "accepted" : title
    sender = f[2] == "" ? "<>" : f[2]
    print row("", substr(f[8], 14), "", host, substr(f[6], 6), sender, f[10], disposition, "", substr(f[11], 4), "", "", "", "", substr(f[3], 17), "chkuser")
    next
}
$2 == "policy_check:" {
    if ($3 == "policy") {
        print row("", "", "", "", "", from[first], to[first], $4 == "allows" ? "accepted" : $3 " " $4 " " $5, "", "", "", "", "", "", "", "qmailtoaster")
        delete from[first]
        delete to[first++]
    } else {
        from[last] = $4
        to[last++] = $7
    }
    next
}
$2 == "qlogenvelope:" || $2 == "qlogreceived:" {
    pid = value($23)
    settle(pid)
    accepted = $3 == "result=accepted"
    code = message = bytes = user = ""
    if ($2 == "qlogreceived:") bytes = value($12)
    if (!accepted) {
        disposition = value($5)
        code = value($4)
        message = value($6)
    } else if ($2 == "qlogreceived:") {
        disposition = "queued"
        message = "qp " value($22)
    } else {
        disposition = "accepted"
        message = value($6)
    }
    if (accepted && $10 == "relay=yes") user = value($13)
    sender = value($8)
    recipient = value($9)
    if (sender == "" && recipient != "") sender = "<>"
    print row(pid, value($19), value($20), value($21), value($7), sender, recipient, disposition, code, message, "", "", "", bytes, user, "qlog")
    next
}
$2 ~ /^simscan:/ {
    n = split($0, f, ":")
    pid = substr(f[2], 2, length(f[2]) - 2)
    mail = f[n - 2] ":" f[n - 1] ":" f[n]
    split(f[3], s, /[(\/)]/)
    state = s[1]
    is_spam = message = score = required = ""
    if (s[2] != "") {
        state = substr(state, 1, length(state) - 1)
        score = hundredths(s[2])
        required = hundredths(s[3])
        if (state ~ /^(CLEAN|PASSTHRU|SPAM)/) is_spam = state == "CLEAN" ? 0 : 1
    }
    passes = state ~ /^(CLEAN|PASSTHRU|SPAM PASS|RELAYCLIENT)$/
    if (state ~ /^(VIRUS|ATTACH|REGEX)/) message = f[5]
    sender = f[n - 1] == "" ? "<>" : f[n - 1]
    text = row(pid, f[n - 2], f[n - 2] == client[pid] ? ports[pid] : "", "", "", sender, f[n], passes ? "queued" : state, "", message, is_spam, score, required, "", "", "simscan")
    if (!passes && mails[pid] == mail) delete held[pid]
    settle(pid)
    if (passes) {
        held[pid] = text
        mails[pid] = mail
    } else print text
}
END {
    for (pid in held) waits[order[pid]] = held[pid]
    for (at = 1; at <= seen; at++) if (at in waits) print waits[at]
}
