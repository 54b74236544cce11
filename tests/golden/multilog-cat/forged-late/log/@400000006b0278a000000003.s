@4fffffffffffffff00000000 says a client
@400000006b0278a000000001 one
