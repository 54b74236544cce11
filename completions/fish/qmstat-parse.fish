# Completion of qmstat-parse for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __qmstat_parse_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[f])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c qmstat-parse -s H -l header -d 'write the names of the columns first'
complete -c qmstat-parse -l json -d 'write rows as JSON objects'
complete -c qmstat-parse -s f -l fields -x -a '(__qmstat_parse_list time host direction pid sender recipient bytes status attempts active_ms queue_ms reason relay source text)' -d 'only these columns, in this order'
complete -c qmstat-parse -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c qmstat-parse -l bytes -x -d 'lines that begin in these bytes of FILE'
complete -c qmstat-parse -l rejects -r -F -d 'keep broken records in FILE'
complete -c qmstat-parse -l strict -d 'exit 1 if a record was broken'
complete -c qmstat-parse -s q -l quiet -d 'do not report skipped lines'
complete -c qmstat-parse -s h -l help -d 'print this and exit'
complete -c qmstat-parse -s V -l version -d 'print the version and exit'
