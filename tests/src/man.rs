//! As much of mdoc as it takes to compare a page with `--help` and to run its examples.

/// The options a page lists, as `--help` would: `-f, --format=FORM`.
pub fn options(page: &str) -> Vec<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix(".It "))
        .filter(|item| item.starts_with("Fl "))
        .map(rendered)
        .collect()
}

/// The words of a section, macros taken away.
pub fn section(page: &str, name: &str) -> Vec<String> {
    let mut lines = page
        .lines()
        .skip_while(|line| line.trim_end() != format!(".Sh {name}"))
        .skip(1)
        .take_while(|line| !line.starts_with(".Sh "))
        .map(|line| rendered(line.trim_start_matches('.')))
        .collect::<Vec<_>>();
    lines.retain(|line| !line.is_empty());
    lines.iter().flat_map(|line| line.split(' ').map(str::to_owned)).collect()
}

/// The first column of each table, without its head.
pub fn tables(page: &str) -> Vec<Vec<&str>> {
    let lists = page.split("\n.Bl -column").skip(1);
    lists
        .map(|list| list.lines().take_while(|line| *line != ".El").filter_map(named).collect())
        .collect()
}

/// The displays that a line beginning with `opens` opens and a line `closes` closes, as a page.
pub fn displays(page: &str, opens: &str, closes: &str) -> String {
    let mut kept =
        String::from(".Dd November 26, 2026\n.Dt NAME 1\n.Os\n.Sh NAME\n.Nm x\n.Nd x\n.Sh X\n");
    let mut open = false;
    for line in page.lines() {
        open |= line.starts_with(opens);
        if open {
            kept.push_str(line);
            kept.push('\n');
        }
        open &= line != closes;
    }
    kept
}

/// A page without its literal displays and example lines.
pub fn without_examples(page: &str) -> String {
    let mut kept = String::new();
    let mut literal = false;
    for line in page.lines() {
        literal |= line.starts_with(".Bd -literal");
        if !literal && !line.starts_with(".Dl ") && !line.starts_with(".D1 ") {
            kept.push_str(line);
            kept.push('\n');
        }
        literal &= line != ".Ed";
    }
    kept
}

/// What stands in the first column of a row, if it is one word.
fn named(row: &str) -> Option<&str> {
    let (name, _) = row.strip_prefix(".It ")?.split_once(" Ta ")?;
    (!name.contains(' ')).then_some(name)
}

/// One line of macros as a reader sees it.
fn rendered(line: &str) -> String {
    let mut text = String::new();
    let mut joined = true;
    for word in line.split_whitespace() {
        let (shown, joins_next) = match word {
            "Ns" => ("", true),
            "Ar" | "Cm" | "Op" | "Nm" => continue,
            "Fl" => ("-", true),
            other => (other, false),
        };
        if !joined && !shown.is_empty() && shown != "," {
            text.push(' ');
        }
        text.push_str(&unescape(shown));
        joined = joins_next;
    }
    text
}

/// The text for which mdoc's escapes stand. One that is not known here is a panic, not a guess.
pub fn unescape(text: &str) -> String {
    const ESCAPES: [(&str, &str); 12] = [
        ("e", "\\"),
        ("-", "-"),
        ("&", ""),
        ("t", "\t"),
        ("(aq", "'"),
        ("(dq", "\""),
        ("(ga", "`"),
        ("(ha", "^"),
        ("(ti", "~"),
        ("(at", "@"),
        ("(rs", "\\"),
        ("(ba", "|"),
    ];
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escape = ESCAPES.iter().find_map(|(name, byte)| Some((part.strip_prefix(name)?, byte)));
        let (rest, byte) = escape.unwrap_or_else(|| panic!("unknown escape: \\{part}"));
        plain.push_str(byte);
        plain.push_str(rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_read_as_help_shows_them() {
        let page = ".It Fl u , Fl Fl utc\n.It Fl f , Fl Fl format Ns = Ns Ar local|iso\n\
            .It Fl Fl merge\n.It Cm success\n.It Fl Fl out\\-dir Ns = Ns Ar DIR\n";
        assert_eq!(
            options(page),
            ["-u, --utc", "-f, --format=local|iso", "--merge", "--out-dir=DIR"]
        );
    }

    #[test]
    fn tables_give_their_first_column() {
        let page = ".It x Ta y\n.Bl -column \"a\"\n.It Em column Ta Em text\n.It ip Ta a\n\
            .It pid Ta b Ta c\n.El\n.It no Ta z\n.Bl -column\n.El\n";
        assert_eq!(tables(page), [vec!["ip", "pid"], vec![]]);
    }

    #[test]
    fn a_synopsis_in_words() {
        let page = ".Sh SYNOPSIS\n.Nm\n.Op Fl us\n.Op Fl f Ar form\n.Op Ar\n.Sh DESCRIPTION\n.Nm\n";
        assert_eq!(section(page, "SYNOPSIS"), ["-us", "-f", "form"]);
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape("printf \\(aqa\\en\\(aq \\-n \\&."), "printf 'a\\n' -n .");
    }
}
