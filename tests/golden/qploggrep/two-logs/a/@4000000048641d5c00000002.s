@4000000048641d5c00000001 7 Accepted connection 0/9 from 192.0.2.1 / x
