# The sessions of a log without odd lines, whose heads are SECONDS.MICROS HOST TAG[PID]:
function cut(text, from, to,    at) {
    at = index(text, from)
    if (!at) return ""
    text = substr(text, at + length(from))
    return substr(text, 1, index(text, to) - 1)
}
function ms(time) { return substr(time, 1, 10) * 1000 + substr(time, 12, 3) }
function row(start, service, ip, port, user, bytes_in, bytes_out, end, lasted) {
    if (lasted == "") {
        lasted = ms($1) - start
        if (lasted < 0) lasted = 0
    }
    print $1, service, ip, port, user, sprintf("%d", lasted), bytes_in, bytes_out, end
}
BEGIN { OFS = "\t" }
$3 ~ /^tcpserver/ {
    if ($4 == "pid") {
        start[$5] = ms($1)
        from[$5] = $7
    } else if ($4 == "ok") {
        n = split($7, f, ":")
        port[$5] = f[n]
    } else if ($4 == "end") {
        row(start[$5], "smtp", from[$5], port[$5], "", "", "", $7 == 0 ? "ok" : "lost", "")
        delete start[$5]
        delete from[$5]
        delete port[$5]
    }
    next
}
$3 ~ /^dovecot/ {
    if ($5 == "Login:") {
        s = cut($0, "session=<", ">")
        login[s] = ms($1)
        user[s] = cut($0, "user=<", ">")
        rip[s] = cut($0, "rip=", ",")
    } else {
        split($4, f, /[<>]/)
        s = f[4]
        row(login[s], "imap", rip[s], "", user[s], cut($0, " in=", " "), cut($0, " out=", " "), "ok", "")
        delete login[s]
        delete user[s]
        delete rip[s]
    }
    next
}
$3 ~ /^spamd/ {
    if ($5 == "connection") {
        split($8, f, /[\[\]:]/)
        ip[$3] = f[2]
        rport[$3] = f[4]
    } else if ($5 == "clean") {
        seconds[$3] = cut($0, " in ", " ")
    } else if ($5 == "result:") {
        row(0, "spamd", ip[$3], rport[$3], cut($0, "user=", ","), cut($0, "size=", ","), "", "ok", seconds[$3] * 1000 + 0.5)
    }
}
