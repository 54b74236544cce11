# Completion of qmstat-parse for fish, made from its --help.

complete -c qmstat-parse -s H -l header -d 'write the names of the columns first'
complete -c qmstat-parse -s f -l fields -x -d 'only these columns, in this order'
complete -c qmstat-parse -l time -x -a 'unix utc local label' -d 'form of times, if not as the log has them'
complete -c qmstat-parse -l rejects -r -F -d 'keep broken records in FILE'
complete -c qmstat-parse -l strict -d 'exit 1 if a record was broken'
complete -c qmstat-parse -s q -l quiet -d 'say nothing of lines that are not records'
complete -c qmstat-parse -s h -l help -d 'print this and exit'
complete -c qmstat-parse -s V -l version -d 'print the version and exit'
