//! The domains that are hosted here, from files such as qmail's `rcpthosts` and `morercpthosts`.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;

use crate::bytes::span::Span;
use crate::bytes::tsv;
use crate::filter::Stop;
use crate::filter::files::read_named;
use crate::logs::address::{self, NULL_SENDER};

/// What all domains together are called that are not hosted.
pub const OTHER: &[u8] = b"(other)";

/// A longer file is no list of domains.
const LONGEST_BYTES: u64 = 256 << 20;

/// Hosted domains, as fields; a leading dot stands for all subdomains.
#[derive(Debug)]
pub struct Hosted {
    names: HashSet<Vec<u8>>,
    /// How long the longest name is: of a long domain of strangers no more is looked at.
    longest: usize,
}

impl Hosted {
    /// Reads files of one domain a line; blank lines and those that begin with `#` are left out.
    pub fn read(files: &[OsString]) -> Result<Self, Stop> {
        let mut names = HashSet::new();
        for file in files {
            let content = read_named(Path::new(file), LONGEST_BYTES).map_err(Stop::io(file))?;
            names.extend(names_in(&content));
        }
        Ok(Hosted::new(names))
    }

    fn new(names: HashSet<Vec<u8>>) -> Self {
        let longest = names.iter().map(Vec::len).max().unwrap_or(0);
        Hosted { names, longest }
    }

    /// The domains of files, one a line; `None` where there are no files, and all keep their names.
    pub fn of_files(files: &[OsString]) -> Result<Option<Self>, Stop> {
        if files.is_empty() { Ok(None) } else { Hosted::read(files).map(Some) }
    }

    /// The field that a sum of a domain, given as a field, is made under.
    #[inline]
    pub fn name_of<'a>(&self, domain: Span<'a>) -> Span<'a> {
        if self.keep(domain.bytes()) { domain } else { OTHER.into() }
    }

    /// Does a domain keep its name? It does if it is hosted, or the null sender's.
    #[inline(never)]
    fn keep(&self, domain: &[u8]) -> bool {
        domain == NULL_SENDER || self.holds(domain)
    }

    /// Is a domain, given as a field, hosted? As qmail looks in `rcpthosts`: the whole name, then what
    /// begins with each of its dots.
    pub fn holds(&self, domain: &[u8]) -> bool {
        let start = domain.len().saturating_sub(self.longest);
        let ends = (start..domain.len()).filter(|at| *at == 0 || domain[*at] == b'.');
        ends.map(|at| &domain[at..]).any(|end| self.names.contains(end))
    }

    /// The hosted domains by name, without those that stand for subdomains.
    pub fn named(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(Vec::as_slice).filter(|name| !name.starts_with(b"."))
    }
}

fn names_in(content: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    content
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .map(domain_named)
}

/// A domain that a person names, as the field that [`address::domain_field`] makes of its addresses.
pub fn domain_named(name: &[u8]) -> Vec<u8> {
    let mut address = b"@".to_vec();
    tsv::escape(name, &mut address);
    address::domain_field(&address).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_qmail_reads_rcpthosts() {
        let file = b"# ours\n\nExample.com \r\n.example.net\t\na.example.org";
        let hosted = Hosted::new(names_in(file).collect());
        for (domain, holds) in [
            ("example.com", true),
            ("sub.example.com", false),
            ("example.net", false),
            ("sub.example.net", true),
            ("a.b.example.net", true),
            ("notexample.net", false),
            ("a.example.org", true),
            ("example.org", false),
            ("# ours", false),
            ("", false),
        ] {
            assert_eq!(hosted.holds(domain.as_bytes()), holds, "{domain}");
        }
        let mut named: Vec<&[u8]> = hosted.named().collect();
        named.sort_unstable();
        assert_eq!(named, [&b"a.example.org"[..], b"example.com"]);
        for (domain, kept) in [("(null)", true), ("(none)", false), ("(other)", false)] {
            assert_eq!(hosted.keep(domain.as_bytes()), kept);
        }
    }

    #[test]
    fn domains_as_a_person_names_them() {
        for (name, field) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("(null)", "(null)"),
            ("a\\b", "a\\\\b"),
            ("bob@example.com", "example.com"),
        ] {
            assert_eq!(domain_named(name.as_bytes()), field.as_bytes(), "{name}");
        }
    }
}
