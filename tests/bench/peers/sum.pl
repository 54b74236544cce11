# Messages and bytes per charged domain of a stats log without odd lines.
my (%messages, %bytes);
while (<STDIN>) {
    my @f = split /\|/, $_, 5;
    my $address = index($f[0], " in[") < 0 ? $f[1] : $f[2];
    my $domain = lc substr($address, index($address, "\@") + 1);
    $messages{$domain}++;
    $bytes{$domain} += $f[3];
}
print "$_\t$messages{$_}\t$bytes{$_}\n" for keys %bytes;
