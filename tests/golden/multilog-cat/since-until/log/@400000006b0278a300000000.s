half of a line
@400000006b0278a200000000 two
more
