# shellcheck shell=sh
# A block list on loopback that lists every other address: asked about each address, and for the
# text of each that is listed. The page "Email Statistics" starts two digs for each line.
if ! there rbldnsd || ! there dnsperf; then
    not_measured 'Addresses asked of a block list' 'there is no rbldnsd, or no dnsperf'
    return
fi
zone=bl.example.org
# a hundred addresses for each megabyte
for folder in "$SMALL" "$FULL"; do
    mawk -v addresses=$((folder * 100)) 'BEGIN {
        for (n = 0; n < addresses; n++)
            printf "%d.%d.%d.%d\n", 20 + n % 64, n / 64 % 250, n / 16000 % 250, n % 241
    }' >"$folder/addresses"
    mawk -F. -v zone=$zone '{
        name = $4 "." $3 "." $2 "." $1 "." zone
        print name, "A"
        if (NR % 2) print name, "TXT"
    }' "$folder/addresses" >"$folder/queries"
    head -n 100 "$folder/addresses" >"$folder/few-addresses"
done
server=$(mktemp -d)
chmod 755 "$server"
{
    # shellcheck disable=SC2016 # rbldnsd puts the address there
    printf ':127.0.0.2:Listed: $\n127.0.0.2\n'
    mawk 'NR % 2' "$FULL/addresses"
} >"$server/zone"
port=5399
for port in 5301 5302 5303 5304 5305; do
    rbldnsd -n -b 127.0.0.1/$port -w "$server" $zone:ip4set:zone >"$server/log" 2>&1 &
    rbldnsd=$!
    sleep 1
    kill -0 $rbldnsd 2>/dev/null && break
done
trap 'kill $rbldnsd || :; wait $rbldnsd || :; rm -rf "$server"' EXIT
trap 'exit 1' INT TERM

# the numbers of names that are there and that are not
counts="mawk -f $PEERS/dnsbl-counts.awk"
check="dnsbl-check -q --no-self-test -l $zone --server=127.0.0.1:$port"
job 'Addresses asked of a block list' addresses
goal faster 1 dnsperf
ours dnsbl-check ours "$check addresses"
peer dnsperf dnsperf "dnsperf -s 127.0.0.1 -p $port -n 1 -d queries" "$counts"
measure

# both sizes are the same here, so there are fewer rounds
[ "$PASS" = goals ] || export ROUNDS=3
job '100 addresses asked of a block list' few-addresses
goal faster 1000 'two digs for each'
columns="mawk -F'\t' 'NF > 3 { \$2 = \$4; \$3 = \$5 } { print \$1, \$2, \$3 }'"
ours dnsbl-check ours "$check few-addresses"
peer 'two digs for each' dig "sh $PEERS/dnsbl.sh $zone $port <few-addresses" "$columns"
measure
