#!/bin/sh
# Says what is missing for a release of the version in Cargo.toml; status 1 if anything is. The dates of
# changelogs are that of the release; a manual's is not before its last change.
set -eu
cd "$(dirname "$0")/.."
missing=0

complain() {
    echo "$*" >&2
    missing=1
}

# same WHAT IS SHOULD-BE
same() {
    [ "$2" = "$3" ] || complain "$1: is '$2', should be '$3'"
}

iso() {
    LC_ALL=C date -u -d "$1" +%F
}

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
# ## 1.2.3 - 2026-11-30
heading=$(grep -m 1 '^## ' CHANGELOG.md)
day=${heading##* }
case $heading in
"## $version - "????-??-??) ;;
*) complain "CHANGELOG.md: is '$heading', should be '## $version - YYYY-MM-DD'" ;;
esac

same 'packaging/debian/changelog' \
    "$(sed -n '1s/^maillog-tools (\([^)]*\)-[0-9]*).*/\1/p' packaging/debian/changelog)" "$version"
same 'packaging/debian/changelog, the day' \
    "$(iso "$(sed -n '/^ -- /{s/.*>  //p;q;}' packaging/debian/changelog)")" "$day"

spec=packaging/maillog-tools.spec
same "$spec" "$(sed -n 's/^Version: *//p' $spec)" "$version"
entry=$(grep -m 1 '^\* ' $spec)
same "$spec, %changelog" "${entry##* }" "$version-1"
same "$spec, the day" "$(iso "$(echo "$entry" | cut -d ' ' -f 2-5)")" "$day"

for page in man/*; do
    dated=$(iso "$(sed -n 's/^\.Dd //p' "$page")")
    changed=$(TZ=UTC git log -1 --date=format-local:%F --format=%cd -- "$page")
    [ "$(printf '%s\n' "$dated" "$changed" | sort | tail -n 1)" = "$dated" ] ||
        complain "$page, .Dd: is '$dated', should be '$changed' or later"
done

git diff --quiet HEAD || complain 'the tree is not clean: git diff HEAD'
[ -z "$(git ls-files --others --exclude-standard)" ] || complain 'the tree is not clean: git status'
[ -z "$(git tag --list "v$version")" ] || complain "there is a tag v$version already"
[ "$missing" = 0 ] && echo "maillog-tools $version may be tagged v$version"
exit "$missing"
