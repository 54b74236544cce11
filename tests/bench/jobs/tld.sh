# shellcheck shell=sh
# Dispositions by TLD, of yesterday and the day before, as a mail: the pipeline of the page "Email
# Statistics" and that of maillog-recipes(7). Lines are compared without their order.
make_input qpsmtpd
for size in $SMALL $FULL; do
    mkdir -p "$size/log"
    ln -f "$size/qpsmtpd" "$size/log/current"
done
job 'Dispositions by TLD' qpsmtpd
# the log goes on for two more hours
dates='2005-06-20|2005-06-19'
mail="-F'\t' -v date='$dates' -f $HERE/../data/examples/tld-mail.awk"
ours='multilog-cat -q --since=2005-06-19 --until=2005-06-21 log | logterse-split -qHf disposition,sender_tld'
ours="$ours | tally -qH -g disposition,sender_tld --sort=key --subtotal --total | mawk $mail"
program="-v date='$dates' -v tots='                                   {{Total}}           '"
program="$program -f $PEERS/tld.awk"
# shellcheck disable=SC2016 # the shell that runs it expands it
files='$(find log -ctime -1 -type f -name "@*" -o -name current)'
page="cat -v $files | /usr/bin/tai64nlocal | grep -E '$dates' | grep -v '^#'"
found="rg -N -F logging::logterse log/current | /usr/bin/tai64nlocal | grep -E '^($dates)'"
blanks="sed 's/ *\$//' | sort"
ours 'multilog-cat, logterse-split, tally, mawk' 'ours mawk' "$ours"
one_core ours 'the same, on one core' 'ours mawk' "$ours"
peer "the page's, gawk" 'gawk daemontools' "$page | gawk -F'[\t]' $program" "$blanks"
peer "the page's, mawk" 'mawk daemontools' "$page | mawk -F'\t' $program" "$blanks"
peer 'rg first, then time and date' 'rg mawk daemontools' "$found | mawk -F'\t' $program" "$blanks"
limits
measure
