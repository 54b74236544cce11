# shellcheck shell=sh
# The inner loops of common. divan says nothing of allocations where there are none.
[ "$PASS" = tables ] || return 0
printf '\n### Inner loops, a million lines each\n\n```text\n'
(cd "$HERE" && "${CARGO:-cargo}" bench --quiet -p common --bench common)
printf '```\n'
