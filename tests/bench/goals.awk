# The rows of goals.tsv as a Markdown table, met or not.
BEGIN {
    FS = "\t"
    print "| job | ours | goal | measured | quartiles | ours, s | peer, s | met |"
    print "|---|---|---|--:|--:|--:|--:|---|"
}
$3 == "faster" { goal = $4 " x " $5 }
$3 == "cheaper" { goal = "processor time: " $4 " x " $5 }
$3 == "at-most" { goal = "at most " $4 " x the time of " $5 }
$3 == "seconds" { goal = "at most " $4 " s" }
{
    quartiles = $7 == "" ? "" : $7 "-" $8
    met = $11 == "yes" ? "met" : $11 == "no" ? "**not met**" : $11
    count[$11]++
    print "| " $1 " | " $2 " | " goal " | " $6 " | " quartiles " | " $9 " | " $10 " | " met " |"
}
END {
    printf "\n%d of %d goals met, %d not, %d not measured.\n", count["yes"], NR, count["no"],
        count["not measured"]
}
