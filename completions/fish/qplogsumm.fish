# Completion of qplogsumm for fish, made from its --help.

complete -c qplogsumm -l state -r -F -d 'keep the totals in FILE, not on descriptors 4 and 5'
complete -c qplogsumm -l state-from -r -F -d 'begin with what FILE holds; do not change it'
complete -c qplogsumm -l show -d 'print totals, read from the operands, as a table'
complete -c qplogsumm -l year -x -d 'the year of the first date without one'
complete -c qplogsumm -s H -l header -d 'name the columns of --show first'
complete -c qplogsumm -l json -d 'write the rows of --show as JSON objects'
complete -c qplogsumm -s h -l help -d 'print this and exit'
complete -c qplogsumm -s V -l version -d 'print the version and exit'
