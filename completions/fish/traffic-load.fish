# Completion of traffic-load for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __traffic_load_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HzhV]*[b])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c traffic-load -l db -r -F -d 'the database: a file, or postgresql://...'
complete -c traffic-load -l password-file -r -F -d 'the password for PostgreSQL'
complete -c traffic-load -l host -x -d 'the server that the files are from'
complete -c traffic-load -l replace -d 'load a day\'s file in place of another'
complete -c traffic-load -l same-content -d 'load another day\'s content as this day\'s'
complete -c traffic-load -l strict -d 'refuse a file that counts what another counts'
complete -c traffic-load -l print -x -a 'metrics' -d 'load nothing, print metrics'
complete -c traffic-load -s b -l by -x -a '(__traffic_load_list hour domain user)' -d 'sums by these too: hour, domain, user'
complete -c traffic-load -l since -x -d 'print only from this day on'
complete -c traffic-load -l until -x -d 'print only days before this one'
complete -c traffic-load -s H -l header -d 'the first row names columns, in and out'
complete -c traffic-load -l json -d 'write rows as JSON objects'
complete -c traffic-load -s z -l null -d 'stdin is names that end in NUL, not rows'
complete -c traffic-load -s h -l help -d 'print this and exit'
complete -c traffic-load -s V -l version -d 'print the version and exit'
