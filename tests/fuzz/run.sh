#!/bin/sh
# Runs each fuzz target, or the named ones, for FUZZ_SECONDS. New inputs go to target/corpus; one
# that stops a target is left in tests/fuzz/artifacts, and belongs into its corpus with the mend.
set -eu
cd "$(dirname "$0")"
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz
[ $# -gt 0 ] || {
	targets=$(cargo fuzz list --fuzz-dir .)
	# shellcheck disable=SC2086 # names without blanks
	set -- $targets
}
for target in "$@"; do
	mkdir -p "target/corpus/$target"
	# common has no unsafe code, so there is nothing for a sanitizer to find
	cargo +nightly fuzz run --fuzz-dir . --sanitizer none "$target" \
		"target/corpus/$target" "corpus/$target" -- \
		-max_total_time="${FUZZ_SECONDS:-60}" -timeout=20 -max_len=2048
done
