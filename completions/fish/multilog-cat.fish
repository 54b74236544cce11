# Completion of multilog-cat for fish, made from its --help.

complete -c multilog-cat -l since -x -d 'begin with the first line of this time or later'
complete -c multilog-cat -l until -x -d 'end before the first line of this time or later'
complete -c multilog-cat -l year -x -d 'the year of the first date without one'
complete -c multilog-cat -s s -l s6 -d 'for TIMEs: labels of s6-log, with leap seconds'
complete -c multilog-cat -s F -l follow -d 'wait for more lines, through rotations'
complete -c multilog-cat -l state -r -F -d 'only lines since the last run with FILE'
complete -c multilog-cat -l state-from -r -F -d 'begin with what FILE holds; do not change it'
complete -c multilog-cat -l strict -d 'exit 1 if lines may be missing'
complete -c multilog-cat -s q -l quiet -d 'do not report skipped lines'
complete -c multilog-cat -s h -l help -d 'print this and exit'
complete -c multilog-cat -s V -l version -d 'print the version and exit'
