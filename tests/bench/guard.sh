#!/bin/sh
# Counts the instructions that each inner loop takes for a line, and compares them with guard.tsv:
# one that takes over 3 % more is a failure.
#
#   BIN=FOLDER tests/bench/guard.sh [record]
#
# valgrind's cachegrind counts the instructions of a call with LINES_ONCE lines and of one with twice
# as many; the difference is what the lines take. It counts the same on a busy machine, but not on a
# processor without AVX2, nor with another compiler: so both are in the first line of guard.tsv, and
# where they differ the counts are shown and nothing is judged. `record` writes guard.tsv anew.
set -eu
: "${BIN:?names the folder of our binaries; make bench-guard does that}"
BIN=$(cd "$BIN" && pwd)
cd "$(dirname "$0")/../.."
LINES_ONCE=20000
# on average
LONGEST_LINE_BYTES=300
file=$PWD/tests/bench/guard.tsv
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
PATH=$BIN:$PATH
LC_ALL=C TZ=Europe/Berlin
export PATH LC_ALL TZ
tab=$(printf '\t')
command -v valgrind >/dev/null || { echo 'bench-guard: there is no valgrind' >&2; exit 2; }

vectors='no AVX2'
if grep -qw avx2 /proc/cpuinfo; then vectors=AVX2; fi
here="# $(rustc --version | cut -d ' ' -f 1,2), $(uname -m), $vectors"

# make_input KIND: a log, or rows of one.
make_input() {
    case $1 in
    messages) qmstat-parse "$(input stats)" ;;
    rows) logterse-split "$(input logterse)" ;;
    metrics) metric-sum -r message -b domain "$(input messages)" ;;
    *) maillog-generate "$1" $((2 * LINES_ONCE * LONGEST_LINE_BYTES)) ;;
    esac
}

# input KIND [LINES]: the name of a file of this kind.
input() {
    [ -s "$folder/$1" ] || make_input "$1" >"$folder/$1"
    [ -z "${2-}" ] || head -n "$2" "$folder/$1" >"$folder/$1.$2"
    printf '%s\n' "$folder/$1${2:+.$2}"
}

# instructions COMMAND KIND LINES
instructions() {
    name=$(input "$2" "$3")
    set -f
    # shellcheck disable=SC2046 # the words of the command
    set -- $(printf '%s\n' "$1" | sed "s|INPUT|$name|g")
    set +f
    valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null \
        "$@" 2>"$folder/told" >/dev/null </dev/null || {
        printf 'bench-guard: %s failed: %s\n' "$*" "$(grep -v '^[=-][=-]' "$folder/told" | tail -n 1)" >&2
        exit 2
    }
    sed -n 's/^==.* refs: *\([0-9,]*\).*/\1/p' "$folder/told" | tr -d ,
}

{
    printf '%s\n' "$here"
    grep -v '^#' "$file" | while IFS=$tab read -r name kind command recorded; do
        once=$(instructions "$command" "$kind" $LINES_ONCE)
        twice=$(instructions "$command" "$kind" $((2 * LINES_ONCE)))
        counted=$(((twice - once) / LINES_ONCE))
        printf '%s\t%s\t%s\t%s\n' "$name" "$kind" "$command" "$counted"
        printf '%-44s %6s recorded %6s counted\n' "$name" "${recorded:--}" "$counted" >&2
    done
} >"$folder/counted"

if [ "${1-}" = record ]; then
    cp "$folder/counted" "$file"
    exit
fi
if [ "$(head -n 1 "$file")" != "$here" ]; then
    printf 'bench-guard: not judged: recorded with %s, here is %s\n' \
        "$(head -n 1 "$file" | cut -c 3-)" "${here#??}" >&2
    exit
fi
awk -F '\t' '
    /^#/ { next }
    NR == FNR { recorded[$1] = $4; next }
    recorded[$1] == "" { print "bench-guard: " $1 ": not recorded"; bad = 1; next }
    100 * $4 > 103 * recorded[$1] {
        print "bench-guard: " $1 ": " $4 " instructions a line, " recorded[$1] " recorded"; bad = 1
    }
    100 * $4 < 97 * recorded[$1] {
        print "bench-guard: " $1 ": better than recorded: record it (make bench-guard GUARD=record)"
    }
    END { exit bad }' "$file" "$folder/counted" >&2
