# Completion of smtpd-parse for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __smtpd_parse_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[f])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c smtpd-parse -s H -l header -d 'write the names of the columns first'
complete -c smtpd-parse -l json -d 'write rows as JSON objects'
complete -c smtpd-parse -s f -l fields -x -a '(__smtpd_parse_list time pid hook ip port host helo sender recipient disposition code message is_spam score_centi required_centi dnsbl sender_tld bytes auth_user source)' -d 'only these columns, in this order'
complete -c smtpd-parse -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c smtpd-parse -l year -x -d 'the year of the first date without one'
complete -c smtpd-parse -l source -x -a 'spamdyke chkuser simscan qlog sqmail qmailtoaster' -d 'only lines of this source, such as qlog'
complete -c smtpd-parse -l rejects -r -F -d 'keep broken records in FILE'
complete -c smtpd-parse -l strict -d 'exit 1 if a record was broken'
complete -c smtpd-parse -s q -l quiet -d 'do not report skipped lines'
complete -c smtpd-parse -s h -l help -d 'print this and exit'
complete -c smtpd-parse -s V -l version -d 'print the version and exit'
