# Completion of qmsend-parse for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __qmsend_parse_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[fp])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c qmsend-parse -s H -l header -d 'write the names of the columns first'
complete -c qmsend-parse -l json -d 'write rows as JSON objects'
complete -c qmsend-parse -s f -l fields -x -a '(__qmsend_parse_list time host direction pid sender recipient bytes status attempts active_ms queue_ms reason relay source text)' -d 'only these columns, in this order'
complete -c qmsend-parse -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c qmsend-parse -l year -x -d 'the year of the first date without one'
complete -c qmsend-parse -l host -x -d 'the host of lines that name none'
complete -c qmsend-parse -l sessions -r -F -d 'write session rows to FILE'
complete -c qmsend-parse -l open -d 'also write session rows of what is open'
complete -c qmsend-parse -l pending-from -r -F -d 'begin with what FILE holds; do not change it'
complete -c qmsend-parse -s p -l pending -r -F -d 'keep what is open in FILE from run to run'
complete -c qmsend-parse -l rejects -r -F -d 'keep broken records in FILE'
complete -c qmsend-parse -l strict -d 'exit 1 if a record was broken'
complete -c qmsend-parse -s q -l quiet -d 'do not report skipped lines'
complete -c qmsend-parse -s h -l help -d 'print this and exit'
complete -c qmsend-parse -s V -l version -d 'print the version and exit'
