# Completion of tai64nlocal for fish, made from its --help.

complete -c tai64nlocal -s u -l utc -d 'write UTC'
complete -c tai64nlocal -s f -l format -x -a 'local iso unix' -d 'form of the time (default: local)'
complete -c tai64nlocal -s a -l anywhere -d 'convert labels anywhere in a line'
complete -c tai64nlocal -s s -l s6 -d 'labels are those of s6-log, with leap seconds'
complete -c tai64nlocal -s h -l help -d 'print this and exit'
complete -c tai64nlocal -s V -l version -d 'print the version and exit'
