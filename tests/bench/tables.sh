#!/bin/sh
# Puts what the last `make bench` measured into the pages: its tables into tests/bench/README.md, and the
# goals of three times the speed and more into README.md, each between its marks.
#
#   tests/bench/tables.sh FOLDER    where goals.md, goals.tsv and results.md are; a table that is not
#                                   there stays as it was
set -eu
folder=$1
cd "$(dirname "$0")/../.."

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

between goals tests/bench/README.md <"$folder/goals.md"
if [ -s "$folder/results.md" ]; then between results tests/bench/README.md <"$folder/results.md"; fi
awk -f tests/bench/readme.awk "$folder/goals.tsv" | between speed README.md
