Dec 30 00:00:01 a t[1]: old
