# The program of the page "Email Statistics" that counts dispositions by TLD, unchanged but for its
# lay-out: awk -v date=DATES -v tots='                                   {{Total}}           '
/logterse/ {
    split($4, ss, "."); ssn = 0; for (i in ss) { ssn++ }
    sendtld = tolower(ss[ssn]); sub(">", "", sendtld)
    tld = sprintf("%-20s", sendtld); plugin = sprintf("%-35s", $6)
    plugint = sprintf("%35s%-20s", $6 " ", "{Total}")
    countem = plugin tld; count[countem]++; count[plugint]++; count[tots]++
}
END {
    ORS = ""; print "Subject: Email Disposition on " date "\n\n\
Denying plugin or \"queued\"         TLD                     Count   Pct\n\
=================================  ====================  =======  =====\n"
    for (j in count) {
        pct = sprintf("%2.1f", (count[j] / count[tots]) * 100)
        j ~ /Total/ ? myORS = " (" pct "%)\n" : myORS = "\n"
        printf "%s%9s%s", j, count[j], myORS | "sort -b"
    }
}
