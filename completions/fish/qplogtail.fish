# Completion of qplogtail for fish, made from its --help.

complete -c qplogtail -s H -l header -d 'write the names of the columns first'
complete -c qplogtail -l json -d 'write rows as JSON objects'
complete -c qplogtail -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c qplogtail -l year -x -d 'the year of the first date without one'
complete -c qplogtail -s n -l last -x -d 'begin with the last N events (of a DIR: 10)'
complete -c qplogtail -s h -l help -d 'print this and exit'
complete -c qplogtail -s V -l version -d 'print the version and exit'
