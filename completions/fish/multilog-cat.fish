# Completion of multilog-cat for fish, made from its --help.

complete -c multilog-cat -l since -x -d 'begin with the first line of this time or later'
complete -c multilog-cat -l until -x -d 'end before the first line of this time or later'
complete -c multilog-cat -l year -x -d 'the year of the first date that names none'
complete -c multilog-cat -s s -l s6 -d 'for TIMEs: labels of s6-log, with leap seconds'
complete -c multilog-cat -s F -l follow -d 'go on with what is logged, through rotations'
complete -c multilog-cat -l state -r -F -d 'only what came since the last run with FILE'
complete -c multilog-cat -l state-from -r -F -d 'begin with what FILE holds, left as it is'
complete -c multilog-cat -l strict -d 'exit 1 if lines may be missing'
complete -c multilog-cat -s q -l quiet -d 'say nothing of lines that are not records'
complete -c multilog-cat -s h -l help -d 'print this and exit'
complete -c multilog-cat -s V -l version -d 'print the version and exit'
