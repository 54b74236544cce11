# Completion of traffic-report for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __traffic_report_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[rfb])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c traffic-report -s r -l report -x -a '(__traffic_report_list summary server-status message-traffic message-data throttle-traffic throttle-violations traffic-by-priority bandwidth-by-priority smtp-in-usage smtp-in-errors smtp-out-usage smtp-out-errors pop-usage pop-errors imap-usage imap-errors spamassassin-servers smtp-out-connections clamav mailstats dispositions failures logins books changes)' -d 'only these (default: all that have data)'
complete -c traffic-report -s f -l format -x -a 'text html mail tsv csv json prometheus' -d 'text, html, mail, tsv, csv, json, prometheus'
complete -c traffic-report -l day -x -d 'of this day (default: yesterday)'
complete -c traffic-report -l since -x -d 'from this day on'
complete -c traffic-report -l until -x -d 'up to the day before this one'
complete -c traffic-report -s b -l by -x -a 'hour day week month quarter' -d 'hour, day (default), week, month or quarter'
complete -c traffic-report -l domain -x -d 'only of this domain'
complete -c traffic-report -l user -x -d 'only of this user'
complete -c traffic-report -l per -x -a 'domain user' -d 'a row for each of them'
complete -c traffic-report -l top -x -d 'the first N rows of a list'
complete -c traffic-report -l sort -x -d '--per by this column, largest first'
complete -c traffic-report -l limit -x -d 'what an account may do: see the manual'
complete -c traffic-report -l compare -x -d 'the last day with those before'
complete -c traffic-report -l jump -x -d 'more than N times the second largest is a jump (4)'
complete -c traffic-report -l smtp-uid -x -d 'who puts mail from SMTP into the queue'
complete -c traffic-report -l kb -x -a '1024 1000' -d 'the bytes of a kB (default: 1024)'
complete -c traffic-report -l out-dir -x -a "(__fish_complete_directories (commandline -ct | string replace -r -- '^--[^=]*=' ''))" -d 'write a page for each domain to DIR'
complete -c traffic-report -l to -x -d 'write a mail to this address; repeatable'
complete -c traffic-report -l from -x -d 'who the mail is from (default: the first of --to)'
complete -c traffic-report -l subject -x -d 'the subject (default: the main numbers)'
complete -c traffic-report -l explain -x -d 'where the numbers of REPORT/ITEM come from'
complete -c traffic-report -s H -l header -d 'the first row names columns, in and out'
complete -c traffic-report -l lenient -d 'leave out broken rows of sums'
complete -c traffic-report -l rejects -r -F -d 'keep broken records in FILE'
complete -c traffic-report -l strict -d 'exit 1 if a record was broken'
complete -c traffic-report -s q -l quiet -d 'do not report skipped lines'
complete -c traffic-report -s h -l help -d 'print this and exit'
complete -c traffic-report -s V -l version -d 'print the version and exit'
