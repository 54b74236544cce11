# shellcheck shell=sh
# The lines of a log directory whose old files are compressed, into a pipe. The files are of 16 MB,
# which is what multilog makes of s16777215.
make_input qpsmtpd
for folder in "$SMALL" "$FULL"; do
    [ -e "$folder/archives/current" ] && continue
    rm -rf "$folder/archives"
    mkdir "$folder/archives"
    split -C 16777215 "$folder/qpsmtpd" "$folder/archives/"
    for old in "$folder"/archives/??; do
        label=$(tail -n 1 "$old" | cut -c 1-25)
        gzip -c "$old" >"$folder/archives/$label.s.gz"
        rm "$old"
    done
    : >"$folder/archives/current"
done
job 'Lines of gzip archives, into a pipe' qpsmtpd
goal faster 1.5 'zcat, cat'
old='archives/@*'
ours 'multilog-cat, cat' ours 'multilog-cat -q archives | cat'
one_core ours 'multilog-cat, cat; on one core' ours 'multilog-cat -q archives | cat'
peer 'zcat, cat' zcat "zcat $old | cat"
one_core peer 'zcat, cat; on one core' zcat "zcat $old | cat"
peer 'pigz -dc, cat' pigz "pigz -dc $old | cat"
peer 'gzip -dc, cat' gzip "gzip -dc $old | cat"
limits
measure
