#!/bin/sh
# Puts what the last `make bench` measured into the pages: its tables into tests/bench/README.md, and the
# goals of six times the speed and more into README.md, each between its marks.
#
#   tests/bench/tables.sh FOLDER    where goals.md, goals.tsv and results.md are
#
# What was not measured stays as it was. Of a run of some jobs only nothing is taken.
set -eu
folder=$1
cd "$(dirname "$0")/../.."

# whole TABLE: was it measured, and of all jobs?
whole() {
    [ -s "$folder/$1.md" ] && [ -e "$folder/$1.jobs" ] || return 1
    jobs=$(cat "$folder/$1.jobs")
    if [ -n "$jobs" ]; then
        printf 'tables.sh: %s.md: not taken, it has only %s\n' "$1" "$jobs" >&2
        return 1
    fi
}

# between MARK PAGE: standard input takes the place of what stands between the marks.
between() {
    awk -v mark="$1" '
        NR == FNR { lines = lines $0 "\n"; next }
        $0 == "<!-- end of " mark " -->" { skip = 0; ended++ }
        !skip { print }
        $0 == "<!-- " mark " -->" { printf "%s", lines; skip = 1; began++ }
        END { exit !(began == 1 && ended == 1 && !skip) }' - "$2" >"$2.new" || {
        rm -f "$2.new"
        printf 'tables.sh: %s: the marks of %s are not there once each\n' "$2" "$1" >&2
        exit 2
    }
    mv "$2.new" "$2"
}

if whole goals; then
    between goals tests/bench/README.md <"$folder/goals.md"
    megabytes=$(sed -n 's/.*Full input \([0-9]*\) MB.*/\1/p' "$folder/goals.md")
    awk -v megabytes="$megabytes" -f tests/bench/readme.awk "$folder/goals.tsv" |
        between speed README.md
fi
if whole results; then between results tests/bench/README.md <"$folder/results.md"; fi
