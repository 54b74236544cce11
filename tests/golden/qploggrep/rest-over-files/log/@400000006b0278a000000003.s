ection 6/6 from 192.0.2.66 / x
@400000006b0278a000000002 7 Accepted connection 0/9 from 192.0.2.1 / x
