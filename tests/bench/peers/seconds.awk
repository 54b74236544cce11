# The labels of a multilog as SECONDS.NANOSECONDS, as qmailanalog's matchup reads them.
function hex(digits,    at, value) {
    for (at = 1; at <= 8; at++)
        value = value * 16 + index("0123456789abcdef", substr(digits, at, 1)) - 1
    return value
}
{
    if (substr($0, 10, 8) != last) {
        last = substr($0, 10, 8)
        seconds = hex(last) - 10
    }
    printf "%.0f.%09d%s\n", seconds, hex(substr($0, 18, 8)), substr($0, 26)
}
