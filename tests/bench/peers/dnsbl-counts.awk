# How many answers have the name and how many say that there is none: of the rows of dnsbl-check,
# which asks for a text too if an address is listed, and of the summary of dnsperf.
/Response codes:/ {
    gsub(/[,()%]/, " ")
    for (n = 3; n < NF; n++) if ($n ~ /^[A-Z]+$/) count[$n] = $(n + 1)
}
$3 == "listed" { count["NOERROR"] += 2 }
$3 == "clean" { count["NXDOMAIN"]++ }
END { print count["NOERROR"], count["NXDOMAIN"] }
