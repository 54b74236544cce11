# The fields of a stats log without odd lines.
BEGIN { FS = "|"; OFS = "\t" }
{
    split($1, h, " ")
    split(h[5], d, "\\[")
    print h[6], h[4], d[1], substr(d[2], 1, length(d[2]) - 2), $2, $3, $4, $5, $6
}
