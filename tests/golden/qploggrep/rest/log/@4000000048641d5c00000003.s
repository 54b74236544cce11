7 Accepted connection 0/9 from 192.0.2.66 / x
@4000000048641d5c00000001 7 Accepted connection 1/9 from 192.0.2.1 / x
@4000000048641d5c00000002 8 dispatching HELO 