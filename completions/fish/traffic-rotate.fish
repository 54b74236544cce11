# Completion of traffic-rotate for fish, made from its --help.

complete -c traffic-rotate -l into -x -a "(__fish_complete_directories (commandline -ct | string replace -r -- '^--[^=]*=' ''))" -d 'the directory of archives; made if missing'
complete -c traffic-rotate -l keep -x -d 'remove day files\' archives that are older'
complete -c traffic-rotate -s n -l dry-run -d 'only say what would be done'
complete -c traffic-rotate -s H -l header -d 'the first row names columns, in and out'
complete -c traffic-rotate -l json -d 'write rows as JSON objects'
complete -c traffic-rotate -s z -l null -d 'stdin is names that end in NUL, not rows'
complete -c traffic-rotate -s h -l help -d 'print this and exit'
complete -c traffic-rotate -s V -l version -d 'print the version and exit'
