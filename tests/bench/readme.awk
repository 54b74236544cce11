# The goals of goals.tsv that ask for six times the speed or more, a row for each job.
BEGIN {
    FS = "\t"
    print megabytes " MB of each log, the same answers: `tests/bench/README.md` has all peers, and what falls short."
    print ""
    print "| job | ours, s | peers: times our time |"
    print "|---|--:|---|"
}
$3 != "faster" || $6 == "" { next }
$1 == title { row = row ", " $5 " " times($6); next }
$4 < 6 { next }
{
    flush()
    title = $1
    row = "| " $1 " | " $9 " | " $5 " " times($6)
}
END { flush() }

function times(measured) {
    return sprintf("%.1f", measured)
}

function flush() {
    if (row != "") print row " |"
}
