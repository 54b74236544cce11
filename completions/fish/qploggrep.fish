# Completion of qploggrep for fish, made from its --help.

complete -c qploggrep -s E -l regexp -d 'PATTERN is a regular expression'
complete -c qploggrep -l tld -x -d 'match a TLD of sender or HELO, not PATTERN'
complete -c qploggrep -l only -d 'only the events that match'
complete -c qploggrep -s H -l header -d 'write the names of the columns first'
complete -c qploggrep -l json -d 'write rows as JSON objects'
complete -c qploggrep -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c qploggrep -l year -x -d 'the year of the first date without one'
complete -c qploggrep -s h -l help -d 'print this and exit'
complete -c qploggrep -s V -l version -d 'print the version and exit'
