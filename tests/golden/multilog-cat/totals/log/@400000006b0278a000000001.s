@400000006b0278a000000000 1 queued
### CUMULATIVE TOTALS ###
LOGFILE_EPOCH                  @400000006b0278a000000000            0
queued                         @400000006b0278a000000000            1

# queued                              1 100%
