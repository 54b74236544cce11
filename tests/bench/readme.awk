# The goals of goals.tsv that ask for three times the speed or more, a row for each job.
BEGIN {
    FS = "\t"
    print "| job | ours, s | times as long takes |"
    print "|---|--:|---|"
}
$3 != "faster" || $4 < 3 || $6 == "" { next }
$1 == title { row = row ", " $5 " " times($6); next }
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
