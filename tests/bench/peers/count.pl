# Rows by the value of column N of the lines with TEXT: count.pl N [TEXT] <FILE
my ($column, $text) = @ARGV;
my %n;
while (<STDIN>) {
    next if defined $text && index($_, $text) < 0;
    chomp;
    $n{(split /\t/, $_, $column + 1)[$column - 1]}++;
}
print "$n{$_}\t$_\n" for keys %n;
