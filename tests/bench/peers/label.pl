# Local time for TAI64N labels; the date of the last second is kept.
use POSIX qw(strftime);
my ($last, $date) = ("", "");
while (<STDIN>) {
    if (/^\@40000000([0-9a-f]{8})([0-9a-f]{8})/) {
        if ($1 ne $last) {
            $last = $1;
            $date = strftime("%Y-%m-%d %H:%M:%S", localtime(hex($1) - 10));
        }
        print $date, sprintf(".%09d", hex($2)), substr($_, 25);
    } else {
        print;
    }
}
