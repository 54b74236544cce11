# Completion of xfer-sum for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __xfer_sum_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[bf])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c xfer-sum -s b -l by -x -a '(__xfer_sum_list day hour host direction domain user peer_domain status)' -d 'a sum for each of these (default: domain)'
complete -c xfer-sum -l full -d 'by day,host,domain,direction,status'
complete -c xfer-sum -l charge -x -a 'own recipient sender' -d 'whose domain pays (default: own)'
complete -c xfer-sum -l direction -x -a 'in out' -d 'only messages of this direction'
complete -c xfer-sum -l status -x -d 'only messages with such a status'
complete -c xfer-sum -l day -x -d 'only of YYYY-MM-DD, today or yesterday'
complete -c xfer-sum -l since -x -d 'only from this time on'
complete -c xfer-sum -l until -x -d 'only before this time'
complete -c xfer-sum -l year -x -d 'the year of the first date without one'
complete -c xfer-sum -l domains -r -F -d 'domains not in FILE are (other)'
complete -c xfer-sum -l zero-fill -d 'domains of FILE without traffic too'
complete -c xfer-sum -l merge -d 'the input is output of xfer-sum'
complete -c xfer-sum -l lenient -d 'leave out broken rows of sums'
complete -c xfer-sum -s f -l format -x -a 'tsv qml' -d 'rows, or the lines of a day file'
complete -c xfer-sum -l kb -x -a '1024 1000' -d 'bytes in a kB of qml (default: 1024)'
complete -c xfer-sum -l out-dir -x -a "(__fish_complete_directories (commandline -ct | string replace -r -- '^--[^=]*=' ''))" -d 'write a day file for each day'
complete -c xfer-sum -l explain -x -d 'print the rows that make up its sum'
complete -c xfer-sum -s H -l header -d 'the first row names columns, in and out'
complete -c xfer-sum -l json -d 'write rows as JSON objects'
complete -c xfer-sum -l rejects -r -F -d 'keep broken records in FILE'
complete -c xfer-sum -l strict -d 'exit 1 if a record was broken'
complete -c xfer-sum -s q -l quiet -d 'do not report skipped lines'
complete -c xfer-sum -s h -l help -d 'print this and exit'
complete -c xfer-sum -s V -l version -d 'print the version and exit'
