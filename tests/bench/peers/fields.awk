# Eight fields of each logterse line, addresses without their brackets.
BEGIN { FS = "\t"; OFS = "\t" }
/logging::logterse/ {
    ip = substr($1, index($1, "` ") + 2)
    print ip, $2, $3, substr($4, 2, length($4) - 2), substr($5, 2, length($5) - 2), $6, $7, $8
}
