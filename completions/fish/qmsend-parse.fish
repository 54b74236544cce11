# Completion of qmsend-parse for fish, made from its --help.

complete -c qmsend-parse -s H -l header -d 'write the names of the columns first'
complete -c qmsend-parse -s f -l fields -x -d 'only these columns, in this order'
complete -c qmsend-parse -l time -x -a 'unix utc local label' -d 'form of times, if not as the log has them'
complete -c qmsend-parse -l year -x -d 'the year of the first date that names none'
complete -c qmsend-parse -l host -x -d 'the host of lines that name none'
complete -c qmsend-parse -l pending-from -r -F -d 'begin with what FILE holds, left as it is'
complete -c qmsend-parse -s p -l pending -r -F -d 'keep what is open in FILE from run to run'
complete -c qmsend-parse -l rejects -r -F -d 'keep broken records in FILE'
complete -c qmsend-parse -l strict -d 'exit 1 if a record was broken'
complete -c qmsend-parse -s q -l quiet -d 'say nothing of lines that are not records'
complete -c qmsend-parse -s h -l help -d 'print this and exit'
complete -c qmsend-parse -s V -l version -d 'print the version and exit'
