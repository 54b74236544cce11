# The metric rows of a year: four numbers a day for each of so many domains, and their zeros.
BEGIN {
    OFS = "\t"
    split("mail.in mail.in_bytes mail.out mail.out_bytes", metrics, " ")
    for (day = 0; day < 365; day++) {
        # the year 2025 by its seconds
        date = strftime("%Y-%m-%d", 1735689600 + day * 86400)
        for (m = 1; m <= 4; m++) print date, "", "mail1", "", "", "qmail-send", metrics[m], "", 0
        for (d = 0; d < domains; d++)
            for (m = 1; m <= 4; m++)
                print date, "", "mail1", "d" d ".example", "", "qmail-send", metrics[m], "", (day * 7919 + d * 104729 + m * 31) % 99991
    }
}
