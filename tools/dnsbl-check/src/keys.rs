//! Keys of customers, which stand in the names of queries to some lists and nowhere else.

use std::path::Path;

use common::filter::files::read_named;
use common::filter::{Stop, name_of};

use crate::subject::is_name;

/// Zones below which every list has the key right before its name: Spamhaus' Data Query Service,
/// Abusix Mail Intelligence, Trend Micro's reputation services.
const WITH_KEY: [&str; 3] = [".dq.spamhaus.net", ".mail.abusix.zone", ".mail-abuse.com"];

/// The label that stands for the key.
const PLACE: &str = "KEY";

/// What is longer is no file of keys.
const LONGEST_FILE_BYTES: u64 = 64 << 10;

/// From this length on a label of letters and digits with at least as many digits may be a key.
const KEY_BYTES: usize = 20;
const KEY_DIGITS: usize = 3;

/// Does the list of this name need a key?
pub fn calls_for_key(name: &str) -> bool {
    provider(name).is_some()
}

/// Whose key it is that the list of this name needs: the name behind the key.
fn provider(name: &str) -> Option<&str> {
    let mut rest = name;
    while let Some((label, behind)) = rest.split_once('.') {
        if label == PLACE {
            return Some(behind);
        }
        rest = behind;
    }
    family(name)
}

/// The zone in lower case as the name of a list: without a label `KEY` where that stands before it
/// anyhow. An error if a key stands in it.
pub fn name_without_key(zone: &str) -> Result<String, Stop> {
    // the name is not told: it may hold the key
    let refuse = |what| Err(Stop::usage("--list", what));
    let place = PLACE.to_ascii_lowercase();
    if let Some(family) = family(zone) {
        let before = zone.strip_suffix(family).unwrap_or_default();
        return match before.split_once('.') {
            // no list has a name as long as a key
            None if before.len() < KEY_BYTES => Ok(zone.into()),
            Some((key, list)) if key == place && !list.contains('.') => {
                Ok(list.to_owned() + family)
            }
            _ => refuse("a key on the command line is for all to see; put it in a --key-file"),
        };
    }
    if zone.split('.').any(looks_like_key) {
        return refuse(
            "a label that may be a key is for all to see; write KEY, and use --key-file",
        );
    }
    let labels = zone.split('.').map(|label| if label == place { PLACE } else { label });
    Ok(labels.collect::<Vec<_>>().join("."))
}

/// What queries to a list end in: its name with the key.
pub fn with_key(name: &str, key: &str) -> String {
    if family(name).is_some() {
        return format!("{key}.{name}");
    }
    let labels = name.split('.').map(|label| if label == PLACE { key } else { label });
    labels.collect::<Vec<_>>().join(".")
}

fn family(name: &str) -> Option<&'static str> {
    WITH_KEY.into_iter().find(|family| name.ends_with(family))
}

fn looks_like_key(label: &str) -> bool {
    let digits = label.bytes().filter(u8::is_ascii_digit).count();
    label.len() >= KEY_BYTES
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (KEY_DIGITS..label.len()).contains(&digits)
}

/// The keys in a file: one for all lists, or one for each of some zones.
pub struct Keys {
    all: Vec<(Option<String>, String)>,
}

impl Keys {
    /// Reads a file. No message shows what is in it.
    pub fn read(file: &Path) -> Result<Self, Stop> {
        let content = read_named(file, LONGEST_FILE_BYTES).map_err(Stop::io(file))?;
        let keys = String::from_utf8(content).ok().and_then(|text| Keys::parse(&text));
        keys.ok_or_else(|| {
            Stop::usage(name_of(file.as_os_str()), "holds no key, nor lines of a zone and its key")
        })
    }

    /// One word, or lines of a zone and a key, or nothing; empty lines and those that begin with `#` do not
    /// count.
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim);
        let mut all = Vec::new();
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<_> = line.split_ascii_whitespace().collect();
            let (zone, key) = match *words {
                [key] => (None, key),
                [zone, key] if is_name(zone) => (Some(zone.to_ascii_lowercase()), key),
                _ => return None,
            };
            if !is_key(key) {
                return None;
            }
            all.push((zone, key.to_ascii_lowercase()));
        }
        let is_sound = match all.as_slice() {
            [] | [_] => true,
            several => several.iter().all(|(zone, _)| zone.is_some()),
        };
        is_sound.then_some(Keys { all })
    }

    /// The key of a list.
    pub fn of(&self, name: &str) -> Result<&str, Stop> {
        let is_for = |zone: &str| {
            name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let mut fit = self.all.iter().filter(|(zone, _)| zone.as_deref().is_none_or(is_for));
        let (_, key) =
            fit.next().ok_or_else(|| Stop::usage(format!("--list={name}"), "not in --key-file"))?;
        Ok(key)
    }

    /// Fails if lists of two providers would get the same key: the one provider's is not the
    /// other's business.
    pub fn check<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<(), Stop> {
        let mut providers: Vec<&str> = names.into_iter().filter_map(provider).collect();
        providers.sort_unstable();
        providers.dedup();
        let is_for_all = self.all.iter().any(|(zone, _)| zone.is_none());
        if is_for_all && providers.len() > 1 {
            let what = "one key for lists of several providers; write lines of a zone and its key";
            return Err(Stop::usage("--key-file", what));
        }
        Ok(())
    }
}

fn is_key(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<T>(result: Result<T, Stop>) -> String {
        match result {
            Err(Stop::Usage(subject, what)) => format!("{subject}: {what}"),
            _ => String::new(),
        }
    }

    #[test]
    fn names() {
        for (zone, name, needs_key) in [
            ("bl.example.org", "bl.example.org", false),
            ("zen.dq.spamhaus.net", "zen.dq.spamhaus.net", true),
            ("key.zen.dq.spamhaus.net", "zen.dq.spamhaus.net", true),
            ("combined.mail.abusix.zone", "combined.mail.abusix.zone", true),
            ("key.combined.mail.abusix.zone", "combined.mail.abusix.zone", true),
            ("r.mail-abuse.com", "r.mail-abuse.com", true),
            ("dq.spamhaus.net", "dq.spamhaus.net", false),
            ("key.bl.example.org", "KEY.bl.example.org", true),
            ("multi.key.bl.example.org", "multi.KEY.bl.example.org", true),
            ("keys.example.org", "keys.example.org", false),
            (
                "a-name-with-2026-and-hyphens.example.org",
                "a-name-with-2026-and-hyphens.example.org",
                false,
            ),
            (
                "combinedinternalblocklist.example.org",
                "combinedinternalblocklist.example.org",
                false,
            ),
        ] {
            assert_eq!(name_without_key(zone).unwrap(), name);
            assert_eq!(calls_for_key(name), needs_key, "{zone}");
        }
        assert_eq!(with_key("zen.dq.spamhaus.net", "s3"), "s3.zen.dq.spamhaus.net");
        assert_eq!(with_key("multi.KEY.bl.example.org", "s3"), "multi.s3.bl.example.org");
    }

    #[test]
    fn a_key_in_a_name_is_refused_and_not_told() {
        for zone in [
            "secret.zen.dq.spamhaus.net",
            "secretsecretsecretsecret.dq.spamhaus.net",
            "key.secret.zen.dq.spamhaus.net",
            "secret.combined.mail.abusix.zone",
            "secret.r.mail-abuse.com",
            "secret0123456789abcdef0123.example.org",
            "multi.secret0123456789abcdef0123.bl.example.org",
        ] {
            let told = told(name_without_key(zone));
            assert!(told.contains("for all to see") && !told.contains("secret"), "{zone}: {told}");
        }
    }

    #[test]
    fn files() {
        let one = Keys::parse("\n# ours\n Abc123 \n").unwrap();
        assert_eq!(one.of("zen.dq.spamhaus.net").unwrap(), "abc123");
        let two = Keys::parse("dq.spamhaus.net one\nMail.Abusix.Zone\ttwo\n").unwrap();
        assert_eq!(two.of("zen.dq.spamhaus.net").unwrap(), "one");
        assert_eq!(two.of("combined.mail.abusix.zone").unwrap(), "two");
        assert_eq!(
            told(two.of("KEY.bl.example.org")),
            "--list=KEY.bl.example.org: not in --key-file"
        );
        let none = Keys::parse("# x\n").unwrap();
        assert!(told(none.of("zen.dq.spamhaus.net")).contains("not in --key-file"));
        for text in ["a.b", "a\nb", "dq.spamhaus.net one\ntwo", "a b c", "x key!", "x\u{e9}"] {
            assert!(Keys::parse(text).is_none(), "{text}");
        }
        assert!(Keys::parse(&"k".repeat(64)).is_none());
    }

    #[test]
    fn no_provider_gets_the_key_of_another() {
        let one = Keys::parse("abc123").unwrap();
        let two = Keys::parse("dq.spamhaus.net one\nmail.abusix.zone two\n").unwrap();
        let [zen, dbl, abusix, plain] = [
            "zen.dq.spamhaus.net",
            "dbl.dq.spamhaus.net",
            "black.mail.abusix.zone",
            "bl.example.org",
        ];
        assert!(one.check([zen, dbl, plain]).is_ok());
        assert!(one.check(["KEY.a.example", "x.KEY.a.example"]).is_ok());
        assert!(told(one.check([zen, abusix])).contains("several providers"));
        assert!(told(one.check(["KEY.a.example", "KEY.b.example"])).contains("several providers"));
        assert!(two.check([zen, abusix]).is_ok());
    }
}
