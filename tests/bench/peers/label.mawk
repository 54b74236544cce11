# Local time for TAI64N labels; the date of the last second is kept.
/^@/ {
    second = substr($0, 10, 8)
    if (second != last) {
        last = second
        date = strftime("%Y-%m-%d %H:%M:%S", ("0x" second) - 10)
    }
    printf "%s.%09d%s\n", date, ("0x" substr($0, 18, 8)) + 0, substr($0, 26)
    next
}
{ print }
