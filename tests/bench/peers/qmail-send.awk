# The deliveries of a multilog of qmail-send without odd lines.
function hex(digits,    at, value) {
    if (!(digits in known)) {
        for (at = 1; at <= 4; at++)
            value = value * 16 + index("0123456789abcdef", substr(digits, at, 1)) - 1
        known[digits] = value
    }
    return known[digits]
}
function ms() {
    if (substr($1, 10, 8) != last) {
        last = substr($1, 10, 8)
        seconds = (hex(substr(last, 1, 4)) * 65536 + hex(substr(last, 5)) - 10) * 1000
    }
    return seconds + int((hex(substr($1, 18, 4)) * 65536 + hex(substr($1, 22))) / 1000000)
}
BEGIN {
    OFS = "\t"
    direction["local"] = "in"
    direction["remote"] = "out"
}
$2 == "status:" { next }
$2 == "starting" {
    message[$4] = $6
    channel[$4] = direction[$8]
    recipient[$4] = $9
    start[$4] = ms()
    next
}
$2 == "delivery" {
    m = message[$3]
    now = ms()
    print $1, channel[$3], qp[m], sender[m], recipient[$3], bytes[m], substr($4, 1, length($4) - 1), now - start[$3], now - birth[m], $5
    delete message[$3]
    delete channel[$3]
    delete recipient[$3]
    delete start[$3]
    next
}
$2 == "new" {
    birth[$4] = ms()
    next
}
$2 == "info" {
    m = substr($4, 1, length($4) - 1)
    bytes[m] = $6
    sender[m] = $8 == "<>" ? $8 : substr($8, 2, length($8) - 2)
    qp[m] = $10
    next
}
$2 == "end" {
    delete birth[$4]
    delete bytes[$4]
    delete sender[$4]
    delete qp[$4]
}
