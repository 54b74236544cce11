# The mail of the page "Email Statistics", from tally's counts with sub-totals and total.
NR > 1 { count[NR] = $1; plugin[NR] = $2; tld[NR] = $3; all = $1 }
END {
    print "Subject: Email Disposition on " date "\n"
    print "Denying plugin or \"queued\"         TLD                     Count   Pct"
    print "=================================  ====================  =======  ====="
    for (n = 2; n < NR; n++)
        if (tld[n] == "\\(total)")
            printf "%34s %-20s%9d (%.1f%%)\n", plugin[n], "{Total}", count[n], count[n] / all * 100
        else
            printf "%-35s%-20s%9d\n", plugin[n], tld[n], count[n]
    printf "%35s%-20s%9d (100.0%%)\n", "", "{{Total}}", all
}
