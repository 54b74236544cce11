# Completion of session-parse for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __session_parse_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[fp])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c session-parse -s H -l header -d 'write the names of the columns first'
complete -c session-parse -l json -d 'write rows as JSON objects'
complete -c session-parse -s f -l fields -x -a '(__session_parse_list time service host pid ip port user active_ms in_bytes out_bytes end source detail)' -d 'only these columns, in this order'
complete -c session-parse -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c session-parse -l year -x -d 'the year of the first date without one'
complete -c session-parse -l host -x -d 'the host of lines that name none'
complete -c session-parse -l service -x -d 'the service of ports that are not standard'
complete -c session-parse -l source -x -a 'tcpserver qpsmtpd dovecot courier vchkpw spamd clamd' -d 'only lines of this source, such as dovecot'
complete -c session-parse -l pending-from -r -F -d 'begin with what FILE holds; do not change it'
complete -c session-parse -s p -l pending -r -F -d 'keep what is open in FILE from run to run'
complete -c session-parse -l open -d 'also write rows of open sessions'
complete -c session-parse -l rejects -r -F -d 'keep broken records in FILE'
complete -c session-parse -l strict -d 'exit 1 if a record was broken'
complete -c session-parse -s q -l quiet -d 'do not report skipped lines'
complete -c session-parse -s h -l help -d 'print this and exit'
complete -c session-parse -s V -l version -d 'print the version and exit'
