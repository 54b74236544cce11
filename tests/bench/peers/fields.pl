# Eight fields of each logterse line, addresses without their brackets.
$, = "\t";
$\ = "\n";
while (<STDIN>) {
    next if index($_, "logging::logterse") < 0;
    my @f = split /\t/, $_, 9;
    print substr($f[0], index($f[0], "` ") + 2), $f[1], $f[2], substr($f[3], 1, -1),
        substr($f[4], 1, -1), @f[5 .. 7];
}
