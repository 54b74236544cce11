# Completion of traffic-load for fish, made from its --help.

complete -c traffic-load -l db -r -F -d 'the database; made if it is not there'
complete -c traffic-load -l host -x -d 'the server that the files are from'
complete -c traffic-load -l replace -d 'load a day\'s file in place of another'
complete -c traffic-load -l same-content -d 'load another day\'s content as this day\'s'
complete -c traffic-load -s H -l header -d 'the columns are named first, in and out'
complete -c traffic-load -s z -l null -d 'names on stdin end in NUL and are no rows'
complete -c traffic-load -s h -l help -d 'print this and exit'
complete -c traffic-load -s V -l version -d 'print the version and exit'
