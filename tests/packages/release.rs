//! What `make release-check` says, about a copy of what it reads.

use std::fs;
use std::path::Path;

use maillog_tests::{Ran, copy_files, peer, root, run, scratch, sh};

/// In a copy with the heading that a release gets, all is in order; whatever is not is named.
pub fn check() {
    if peer("git", "make release-check").is_none() {
        return;
    }
    let folder = scratch();
    let top = folder.path();
    for name in ["man", "packaging"] {
        copy_files(&root().join(name), &top.join(name));
    }
    for name in ["Cargo.toml", "CHANGELOG.md"] {
        fs::copy(root().join(name), top.join(name)).unwrap();
    }
    let commit = r#"version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
        day=$(sed -n '/^ -- /{s/.*>  //p;q;}' packaging/debian/changelog)
        sed -i "0,/^## .*/s//## $version - $(date -ud "$day" +%F)/" CHANGELOG.md
        git init -q -b main; git config user.name name; git config user.email name@example.com
        GIT_COMMITTER_DATE=@1000000000 git commit -q -m one --allow-empty
        git add .; GIT_COMMITTER_DATE=@1000000001 git commit -q -m two"#;
    run(&mut sh(commit, top), b"").succeeded();
    let ready = checked(top).succeeded();
    assert!(ready.text().contains(" may be tagged v"), "{ready:?}");
    for (change, says) in [
        (r#"sed -i 's/^version = .*/version = "9.8.7"/' Cargo.toml"#, "'## 9.8.7 - YYYY-MM-DD'"),
        ("sed -i '0,/^## .*/s//## Unreleased/' CHANGELOG.md", "CHANGELOG.md: is '## Unreleased'"),
        ("sed -i '1s/(.*)/(9.8.7-1)/' packaging/debian/changelog", "changelog: is '9.8.7', should"),
        (
            "sed -i 's/20[0-9][0-9]/2020/' packaging/debian/changelog",
            "changelog, the day: is '2020",
        ),
        ("sed -i 's/^Version: .*/Version: 9.8.7/' packaging/*.spec", "spec: is '9.8.7', should be"),
        ("sed -i 's/^\\* .*/* Sun Nov 29 2020 x - 9-1/' packaging/*.spec", "changelog: is '9-1'"),
        ("sed -i 's/^\\* .*/* Sun Nov 29 2020 x - 9-1/' packaging/*.spec", "day: is '2020-11-29'"),
        ("sed -i 's/^.Dd .*/.Dd May 4, 2001/' man/tally.1", "man/tally.1, .Dd: is '2001-05-04'"),
        ("echo >>man/tally.1", "the tree is not clean: git diff HEAD"),
        ("echo >other", "the tree is not clean: git status"),
        ("git tag v$(sed -n 's/^version = \"\\(.*\\)\"/\\1/p' Cargo.toml)", "there is a tag v"),
    ] {
        run(&mut sh(change, top), b"").succeeded();
        let ran = checked(top);
        assert!(ran.code == Some(1) && ran.err.contains(says), "{change}: {ran:?}");
        run(&mut sh("git reset -q --hard; git clean -qfd", top), b"").succeeded();
    }
}

fn checked(top: &Path) -> Ran {
    run(&mut sh("sh packaging/release-check.sh", top), b"")
}
