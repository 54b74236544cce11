# Completion of metric-sum for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __metric_sum_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[rb])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c metric-sum -s r -l rows -x -a 'message session transaction sample' -d 'message, session, transaction or sample rows are read'
complete -c metric-sum -s b -l by -x -a '(__metric_sum_list hour domain user)' -d 'sums by these too: hour, domain, user'
complete -c metric-sum -l host -x -d 'the host of rows that name none'
complete -c metric-sum -l domains -r -F -d 'domains not in FILE are (other)'
complete -c metric-sum -l year -x -d 'the year of the first date without one'
complete -c metric-sum -l merge -d 'the input is output of metric-sum'
complete -c metric-sum -l lenient -d 'leave out broken rows of sums'
complete -c metric-sum -l max-groups -x -d 'stop if there are more (default: 1000000)'
complete -c metric-sum -s H -l header -d 'the first row names columns, in and out'
complete -c metric-sum -l json -d 'write rows as JSON objects'
complete -c metric-sum -l rejects -r -F -d 'keep broken records in FILE'
complete -c metric-sum -l strict -d 'exit 1 if a record was broken'
complete -c metric-sum -s q -l quiet -d 'do not report skipped lines'
complete -c metric-sum -s h -l help -d 'print this and exit'
complete -c metric-sum -s V -l version -d 'print the version and exit'
