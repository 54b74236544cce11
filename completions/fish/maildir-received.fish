# Completion of maildir-received for fish, made from its --help.

complete -c maildir-received -f -a '(__fish_complete_directories)'
complete -c maildir-received -l since -x -d 'only mails delivered at this time or later'
complete -c maildir-received -l until -x -d 'only mails delivered before this time'
complete -c maildir-received -l host -x -d 'believe this host, no other; may be repeated'
complete -c maildir-received -s H -l header -d 'the first row names columns, in and out'
complete -c maildir-received -l json -d 'write rows as JSON objects'
complete -c maildir-received -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c maildir-received -s z -l null -d 'stdin is names that end in NUL, not rows'
complete -c maildir-received -s q -l quiet -d 'do not report mails without an address'
complete -c maildir-received -s h -l help -d 'print this and exit'
complete -c maildir-received -s V -l version -d 'print the version and exit'
