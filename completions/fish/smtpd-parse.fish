# Completion of smtpd-parse for fish, made from its --help.

complete -c smtpd-parse -s H -l header -d 'write the names of the columns first'
complete -c smtpd-parse -s f -l fields -x -d 'only these columns, in this order'
complete -c smtpd-parse -l time -x -a 'unix utc local label' -d 'form of times, if not as the log has them'
complete -c smtpd-parse -l year -x -d 'the year of the first date that names none'
complete -c smtpd-parse -l source -x -d 'only lines of this source, such as qlog'
complete -c smtpd-parse -l rejects -r -F -d 'keep broken records in FILE'
complete -c smtpd-parse -l strict -d 'exit 1 if a record was broken'
complete -c smtpd-parse -s q -l quiet -d 'say nothing of lines that are not records'
complete -c smtpd-parse -s h -l help -d 'print this and exit'
complete -c smtpd-parse -s V -l version -d 'print the version and exit'
