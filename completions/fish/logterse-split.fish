# Completion of logterse-split for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __logterse_split_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HqhV]*[f])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c logterse-split -s H -l header -d 'write the names of the columns first'
complete -c logterse-split -l json -d 'write rows as JSON objects'
complete -c logterse-split -s f -l fields -x -a '(__logterse_split_list time pid hook ip port host helo sender recipient disposition code message is_spam score_centi required_centi dnsbl sender_tld bytes auth_user source)' -d 'only these columns, in this order'
complete -c logterse-split -l each-recipient -d 'a row for each recipient'
complete -c logterse-split -l time -x -a 'unix utc local label' -d 'form of times (default: as logged)'
complete -c logterse-split -l year -x -d 'the year of the first date without one'
complete -c logterse-split -l bytes -x -d 'lines that begin in these bytes of FILE'
complete -c logterse-split -l rejects -r -F -d 'keep broken records in FILE'
complete -c logterse-split -l strict -d 'exit 1 if a record was broken'
complete -c logterse-split -s q -l quiet -d 'do not report skipped lines'
complete -c logterse-split -s h -l help -d 'print this and exit'
complete -c logterse-split -s V -l version -d 'print the version and exit'
