# Completion of server-sample for fish, made from its --help.

# Lists of these words: what is before the last comma stays, and is not offered again.
function __server_sample_list
    set -l list (commandline -ct | string replace -r -- '^(--[^=]*=|-[HhV]*[f])' '')
    set -l given (string match -r -- '.*,' $list)
    for word in $argv
        contains -- $word (string split , -- $given); or echo "$given$word"
    end
end

complete -c server-sample -f
complete -c server-sample -s H -l header -d 'write the names of the columns first'
complete -c server-sample -l json -d 'write rows as JSON objects'
complete -c server-sample -s f -l fields -x -a '(__server_sample_list time host interval_ms cpu_ms memory_kib open_files processes threads connections queue todo)' -d 'only these columns, in this order'
complete -c server-sample -l time -x -a 'unix utc local label' -d 'form of times (default: UNIX seconds)'
complete -c server-sample -l host -x -d 'the server\'s name (default: uname -n)'
complete -c server-sample -l every -x -d 'length of an interval (10); 0: now'
complete -c server-sample -l count -x -d 'number of rows (1); 0: forever'
complete -c server-sample -l cgroup -x -a "(__fish_complete_directories (commandline -ct | string replace -r -- '^--[^=]*=' ''))" -d 'only processes of this control group'
complete -c server-sample -l name -x -d 'only processes of these programs'
complete -c server-sample -l user -x -d 'only processes of these users'
complete -c server-sample -l ports -x -d 'connections to these ports'
complete -c server-sample -l queue -x -a "(__fish_complete_directories (commandline -ct | string replace -r -- '^--[^=]*=' ''))" -d 'the queue (/var/qmail/queue)'
complete -c server-sample -s h -l help -d 'print this and exit'
complete -c server-sample -s V -l version -d 'print the version and exit'
