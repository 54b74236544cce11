# shellcheck shell=sh
# What a job is made of. Sourced by run.sh, used by jobs/*.sh.
#
#   job TITLE INPUT                      begins a table about this input
#   goal faster TIMES PEER [OURS]        PEER should take at least TIMES as long as OURS
#   goal cheaper TIMES PEER [OURS]       the same of processor time
#   goal at-most TIMES PEER [OURS]       OURS should take at most TIMES as long as PEER
#   goal seconds SECONDS [OURS]          OURS should take at most SECONDS
#   ours|peer NAME TOOLS COMMAND [TIDY]  adds a command; TOOLS are the programs in it that count
#   limit NAME TOOLS COMMAND             adds a command that does something else
#   limits                               adds those that every job has
#   limit_of_writing                     adds a write of as much as the first command writes
#   measure                              times them, and writes the table
#
# There are two passes, as $PASS says: in `goals`, which is first, only what a goal names is run, in
# the full size, and each goal becomes a row of goals.tsv; in `tables`, all is. PEER and OURS are
# names of commands; OURS is the first command if it is not given.
#
#   fill FILE COMMAND                    makes FILE of what the command writes, once and whole
#
# The first command is what all are compared with. A peer is left out, and named, if one of its
# TOOLS is not there, or if its answer is another than that of the first command; both go through
# TIDY before they are compared.
#
#   slow COMMAND OF THESE                keeps it to the small input
#   one_core COMMAND OF THESE            keeps it on one processor

words=
# TIDY for counts.
TIDY=$HERE/tidy.sh
export TIDY

# make_input KIND [SIZE ...]: the log KIND in these sizes, in MB; in both if none is named. A log that
# is there is kept: remove it when the generator changes.
make_input() {
    kind=$1
    shift
    [ $# -gt 0 ] || set -- "$SMALL" "$FULL"
    for size; do
        case $kind in
        rows) logterse-split -q "$size/logterse" >"$size/rows" ;;
        messages) qmstat-parse "$size/stats" >"$size/messages" ;;
        *) generate "$size" ;;
        esac
    done
}

generate() {
    fill "$1/$kind" "maillog-generate $kind $(($1 * 1024 * 1024))"
}

fill() {
    [ -s "$1" ] || { sh -c "$2" >"$1.part" && mv "$1.part" "$1"; }
}

# Is this program here?
there() {
    case $1 in
    ours) true ;;
    duckdb | polars | chdb) "$PYTHON" -c "import $1" ;;
    daemontools) [ -x /usr/bin/tai64nlocal ] ;;
    *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

# Prints its version.
version() {
    case $1 in
    ours) tally --version ;;
    duckdb | polars | chdb) "$PYTHON" -c "import $1; print($1.__version__)" ;;
    daemontools) dpkg-query -W -f '${Version}' daemontools | sed 's/^1://' ;;
    s6-tai64nlocal) dpkg-query -W -f '${Version}' s6 ;;
    mawk) mawk -W version 2>&1 | tr ' ' . ;;
    busybox) busybox ;;
    *) env "$1" --version ;;
    esac </dev/null 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+(-[0-9.]+)?|[0-9]{6,}' | head -n 1
}

# versions TOOLS: their versions, with their names if there is more than one.
versions() {
    case $1 in
    *' '*) for tool in $1; do printf '%s %s\n' "$tool" "$(version "$tool")"; done | paste -s -d , - ;;
    *) version "$1" ;;
    esac | sed 's/,/, /g'
}

# answer FOLDER COMMAND TIDY: a checksum of what the command writes there.
answer() {
    (cd "$1" && sh -c "$2" 2>/dev/null | sh -c "$3" | cksum)
}

slow() {
    words=slow
    "$@"
    words=
}

one_core() {
    words=one-core
    "$@"
    words=
}

add() {
    wanted "$2" || return 0
    printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$(versions "$3")" "$words" "$4" >>list
}

job() {
    title=$1 input=$2 first=
    : >list
    : >notes
    : >goals
    printf '%s: %s\n' "$PASS" "$title" >&2
    for folder in "$SMALL" "$FULL"; do cat "$folder/$input" "$folder/$input" >/dev/null; done
}

goal() {
    case $1 in
    # of the input that it was set for
    seconds) [ "$FULL" -lt 512 ] || printf '%s\t%s\t\t%s\n' "$1" "$2" "${3-}" >>goals ;;
    *) printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4-}" >>goals ;;
    esac
}

# wanted NAME: is this command run in this pass? Of a job with goals, the first one is.
wanted() {
    [ "$PASS" = tables ] || { [ -s goals ] && [ ! -s list ]; } ||
        cut -f 3,4 goals | tr '\t' '\n' | grep -qxF -e "$1"
}

ours() { peer "$@"; }

peer() {
    wanted "$1" || return 0
    for tool in $2; do
        there "$tool" || { missing "$1" "$tool"; return; }
    done
    case $2 in ours*) kind=ours ;; *) kind=peer ;; esac
    [ -n "$first" ] || first=$3
    case $words in *slow*) folders=$SMALL ;; *) folders="$SMALL $FULL" ;; esac
    for folder in $folders; do
        [ "$first" = "$3" ] || [ "$(answer "$folder" "$first" "${4:-cat}")" = \
            "$(answer "$folder" "$3" "${4:-cat}")" ] || { differs "$1" "$folder"; return; }
    done
    add "$kind" "$1" "$2" "$3"
}

limit() {
    wanted "$1" || return 0
    for tool in $2; do
        there "$tool" || { missing "$1" "$tool"; return; }
    done
    add limit "$1" "$2" "$3"
}

# The limits that every job has.
limits() {
    limit 'cat FILE' cat "cat $input"
    limit 'cat FILE, cat' cat "cat $input | cat"
    limit 'wc -l' wc "wc -l $input"
    limit 'read, find each line end' ours "maillog-probe count $input"
}

limit_of_writing() {
    [ "$PASS" = tables ] || return 0
    for folder in "$SMALL" "$FULL"; do
        (cd "$folder" && sh -c "$first" 2>/dev/null | wc -c >answer-bytes)
    done
    # shellcheck disable=SC2016 # the shell that runs it expands it
    limit 'write as many bytes as the answer has' ours \
        'maillog-probe write "$(cat answer-bytes)"'
}

# not_measured TITLE WHY: says that a whole job cannot be done.
not_measured() {
    if [ "$PASS" = goals ]; then
        printf '\nNot measured: %s (%s).\n' "$1" "$2" >>goals.notes
    else
        printf '\n### %s\n\nNot measured: %s.\n' "$1" "$2"
    fi
}

missing() {
    printf '\nNot measured in "%s": %s (there is no %s).\n' "$title" "$1" "$2" >>notes
}

differs() {
    printf '\nNot measured in "%s": %s (in the folder %s it fails, or its answer is another).\n' \
        "$title" "$1" "$2" >>notes
}

measure() {
    if [ "$PASS" = goals ]; then
        [ -s goals ] || return 0
        cat notes >>goals.notes
        status=0
        maillog-compare goals "$ROUNDS" "$title" goals "$FULL" <list >measured || {
            status=1
            awk -F '\t' -v title="$title" '{
                print title FS $4 FS $1 FS $2 FS $3 FS FS FS FS FS FS "not measured"
            }' goals >measured
        }
        cat measured >>goals.tsv
        return $status
    fi
    printf '\n### %s\n\n' "$title"
    maillog-compare "$ROUNDS" "$input" "$SMALL" "$FULL" <list
    cat notes
}
