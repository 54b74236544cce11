# The fields of a stats log without odd lines.
$, = "\t";
while (<STDIN>) {
    my @f = split /\|/;
    my @h = split / +/, $f[0];
    my ($direction, $pid) = split /\[/, $h[4];
    print $h[5], $h[3], $direction, substr($pid, 0, -2), @f[1 .. 5];
}
