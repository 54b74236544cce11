//! Which answers of a list count, which that were saved are believed, and whose keys are secret.

use std::fs;

use maillog_tests::dns::{KEY, Server, answer, last_number};
use maillog_tests::{Test, run, scratch, tests, tool};

use crate::dnsbl_check::{check, now, rows};

pub const TESTS: &[Test] = tests![
    only_answers_that_count_are_listings,
    answers_of_known_lists_count_as_they_say,
    one_is_a_refusal_of_a_list_that_fails_its_test,
    listed_means_answers_that_count,
    a_saved_answer_is_judged_anew,
    a_saved_answer_from_an_impossible_time_is_asked_again,
    an_answer_that_lasts_for_ever_is_kept_for_a_minute,
    a_key_is_asked_with_and_never_told,
    a_provider_gets_its_own_key_only,
];

/// Addresses that the list `remarks` answers with 127.0.0.1 to 127.0.0.9.
const NINE: &str = "192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n192.0.2.5\n192.0.2.6\n192.0.2.7\n\
    192.0.2.8\n192.0.2.9\n";

/// The verdicts on these, the first letter of each; fails unless the answers are in column a.
fn verdicts(port: u16, flags: &str) -> String {
    let found = rows(&check(port, flags, NINE).succeeded());
    for row in &found {
        assert_eq!(row.a, row.address.replace("192.0.2", "127.0.0"), "{flags}");
    }
    found.iter().map(|row| &row.verdict[..1]).collect()
}

fn only_answers_that_count_are_listings() {
    let port = Server::misbehaving().port;
    for (answers, expected) in [
        ("", "ollllllll"),
        ("=127.0.0.2", "olooooooo"),
        ("=127.0.0.2,127.0.0.4-7", "ololllloo"),
        ("=127.0.0.2,+127.0.0.1", "wlooooooo"),
        ("=+127.0-255.0.5-9", "oooowwwww"),
        ("=127.0.0.1", "loooooooo"),
        ("=127.1.0.2", "ooooooooo"),
        // the first that fits is the one that counts
        ("=+127.0.0.3,127.0.0.2-5", "olwlloooo"),
    ] {
        let found = verdicts(port, &format!("-l remarks.example{answers}"));
        assert_eq!(found, expected, "{answers}");
    }
}

/// 127.0.0.1 may be a list's way to say that it does not answer, unless it is known not to be.
fn one_is_a_refusal_of_a_list_that_fails_its_test() {
    let port = Server::misbehaving().port;
    for (flags, expected) in [
        ("-l remarks.example --no-self-test", "rllllllll"),
        ("-l remarks.example=127.0.0.2 --no-self-test", "rlooooooo"),
        ("-l remarks.example=127.0.0.2,+127.0.0.1 --no-self-test", "wlooooooo"),
    ] {
        assert_eq!(verdicts(port, flags), expected, "{flags}");
    }
    // it answers everything with 127.0.0.1, its test too
    let server = Server::start(|query, _| vec![answer(query, [127, 0, 0, 1])]);
    let ran = check(server.port, "-l bl.example=127.0.0.2", "192.0.2.1\n");
    assert_eq!(rows(&ran)[0].verdict, "refused");
    assert_eq!(ran.err, "dnsbl-check: bl.example: refuses us (127.0.0.1)\n");
}

fn answers_of_known_lists_count_as_they_say() {
    let server = Server::start(|query, _| last_number(query));
    for (list, expected) in [
        ("hostkarma.junkemailfilter.com", "wlooooooo"),
        ("list.dnswl.org", "wwwoooooo"),
        ("list.dnswl.org=127.0.0.9", "ooooooool"),
        ("multi.uribl.com", "rllllllll"),
        ("zen.spamhaus.org", "ollllllll"),
    ] {
        let found = verdicts(server.port, &format!("-l {list}"));
        assert_eq!(found, expected, "{list}");
    }
}

fn listed_means_answers_that_count() {
    let port = Server::misbehaving().port;
    for (answers, listed, code) in [
        ("=127.0.0.2,+127.0.0.1", vec!["192.0.2.2"], 0),
        ("=+127.0.0.1-9", vec![], 1),
        ("=127.9.9.9", vec![], 1),
    ] {
        let ran = check(port, &format!("-l remarks.example{answers} --listed"), NINE);
        let found: Vec<_> = rows(&ran).into_iter().map(|row| row.address).collect();
        assert_eq!(
            (found, ran.code, ran.err.as_str()),
            (listed.into_iter().map(String::from).collect(), Some(code), "")
        );
    }
}

fn a_saved_answer_is_judged_anew() {
    let server = Server::misbehaving();
    let folder = scratch();
    let cache = folder.path().join("cache");
    let flags = |answers: &str| format!("-l remarks.example{answers} --cache={}", cache.display());
    assert_eq!(verdicts(server.port, &flags("")), "ollllllll");
    server.asked();
    for (answers, expected) in
        [("=127.0.0.2", "olooooooo"), ("=127.0.0.2,+127.0.0.1", "wlooooooo"), ("", "ollllllll")]
    {
        assert_eq!(verdicts(server.port, &flags(answers)), expected, "{answers}");
        assert_eq!(server.asked().len(), 3, "only the test, with its text");
        let replay = flags(answers).replace("--cache", "--replay");
        assert_eq!(verdicts(1, &replay), expected, "{answers}");
    }
}

fn a_saved_answer_from_an_impossible_time_is_asked_again() {
    let server = Server::misbehaving();
    let folder = scratch();
    let cache = folder.path().join("cache");
    let (now, day) = (now(), 86_400);
    for (given, until, is_believed) in [
        (now - 10, now + 100, true),
        (now - 10, now - 10 + day, true),
        // of tomorrow, as after a clock that was wrong; and kept for longer than any answer
        (now + 1000, now + 2000, false),
        (now - 10, now - 9 + day, false),
        (now - 2 * day, now + 100, false),
        (0, 9_999_999_999, false),
        (now - 10, now - 1, false),
    ] {
        let row = format!("192.0.2.2\tgood.example\tclean\t\t\t{given}\t{until}\n");
        // and of a list that is not asked now
        let other = row.replace("good", "other");
        fs::write(&cache, row + &other).unwrap();
        let flags = format!("-l good.example --no-self-test --cache={}", cache.display());
        let found = rows(&check(server.port, &flags, "192.0.2.2\n"));
        let verdict = if is_believed { "clean" } else { "listed" };
        assert_eq!(found[0].verdict, verdict, "{given} to {until}, at {now}");
        assert_eq!(server.asked().is_empty(), is_believed);
        let kept = fs::read_to_string(&cache).unwrap();
        assert_eq!(kept.contains("other"), is_believed, "{given} to {until}, at {now}");
    }
    // what no run writes is no file of answers
    for row in [
        format!("192.0.2.2\tgood.example\tclean\t127.0.0.2\t\t{now}\t{now}"),
        format!("192.0.2.2\tgood.example\tlisted\t\t\t{now}\t{now}"),
        format!("192.0.2.2\tgood.example\tlisted\t127.0.0\t\t{now}\t{now}"),
        format!("192.0.2.2\tgood.example\tlisted\t127.0.0.2,\t\t{now}\t{now}"),
        format!("192.0.2.2\tgood.example\tListed\t127.0.0.2\t\t{now}\t{now}"),
        format!("192.0.2.2\tgood.example\tclean\t\t\t+{now}\t{now}"),
        format!("192.0.2.2\tgood.example\tclean\t\t\t{now}\t-{now}"),
    ] {
        fs::write(&cache, &row).unwrap();
        let flags = format!("-l good.example --no-self-test --cache={}", cache.display());
        let ran = check(server.port, &flags, "192.0.2.2\n");
        let said = format!("dnsbl-check: {}:1: not a saved result\n", cache.display());
        assert_eq!((ran.code, ran.err, ran.out), (Some(2), said, vec![]), "{row}");
        assert_eq!(fs::read_to_string(&cache).unwrap(), row);
    }
}

/// RFC 2181: what does not fit into 31 bits counts as 0, and so as the least time.
fn an_answer_that_lasts_for_ever_is_kept_for_a_minute() {
    let server = Server::misbehaving();
    let folder = scratch();
    let cache = folder.path().join("cache");
    let flags = format!("-l endless.example --no-self-test --cache={}", cache.display());
    check(server.port, &flags, "192.0.2.2\n").succeeded();
    let kept = fs::read_to_string(&cache).unwrap();
    let times: Vec<u64> = kept.trim().split('\t').skip(5).map(|it| it.parse().unwrap()).collect();
    assert_eq!(times[1] - times[0], 60, "{kept}");
}

/// A list, the name that is shown, and the end of the names that are asked for.
const WITH_KEYS: [(&str, &str, &str); 5] = [
    ("echo.dq.spamhaus.net", "echo.dq.spamhaus.net", ".KEY.echo.dq.spamhaus.net"),
    ("key.echo.mail.abusix.zone", "echo.mail.abusix.zone", ".KEY.echo.mail.abusix.zone"),
    ("echo.mail.abusix.zone", "echo.mail.abusix.zone", ".KEY.echo.mail.abusix.zone"),
    ("echo.mail-abuse.com", "echo.mail-abuse.com", ".KEY.echo.mail-abuse.com"),
    ("KEY.echo.example", "KEY.echo.example", ".KEY.echo.example"),
];

fn a_key_is_asked_with_and_never_told() {
    let server = Server::misbehaving();
    for (list, name, end) in WITH_KEYS {
        let folder = scratch();
        let [key, cache] = ["key", "cache"].map(|name| folder.path().join(name));
        fs::write(&key, format!("{KEY}\n")).unwrap();
        let flags = format!(
            "-l {list} --timeout=1 --tries=1 --key-file={} --cache={}",
            key.display(),
            cache.display()
        );
        let ran = check(server.port, &flags, "192.0.2.2\n");
        let asked = server.asked();
        let end = end.replace("KEY", KEY);
        assert!(!asked.is_empty() && asked.iter().all(|name| name.ends_with(&end)), "{asked:?}");
        let told = ran.text() + &ran.err + &fs::read_to_string(cache).unwrap();
        assert!(told.contains(name) && !told.to_ascii_lowercase().contains(KEY), "{told}");
        assert!(rows(&ran)[0].txt.contains("KEY"), "no text, so nothing is tested: {told}");
    }
    // on the command line it is for all to see
    for list in [
        "KEY.zen.dq.spamhaus.net",
        "KEY.dq.spamhaus.net",
        "KEY.combined.mail.abusix.zone",
        "KEY.r.mail-abuse.com=127.0.0.2",
        "multi.KEY012.bl.example",
    ] {
        let list = list.replace("KEY", KEY);
        let ran = run(tool("dnsbl-check").arg(format!("--list={list}")), b"");
        assert_eq!((ran.code, ran.out), (Some(2), vec![]));
        assert!(ran.err.contains("for all to see") && !ran.err.contains(KEY), "{}", ran.err);
    }
}

fn a_provider_gets_its_own_key_only() {
    let server = Server::misbehaving();
    let folder = scratch();
    let key = folder.path().join("key");
    let lists = "-l echo.dq.spamhaus.net -l echo.mail.abusix.zone --timeout=1 --tries=1";
    let flags = format!("{lists} --key-file={}", key.display());
    fs::write(&key, format!("{KEY}\n")).unwrap();
    let ran = check(server.port, &flags, "192.0.2.2\n");
    assert_eq!((ran.code, server.asked().len()), (Some(2), 0));
    assert!(ran.err.contains("several providers") && !ran.err.contains(KEY), "{}", ran.err);
    fs::write(&key, format!("dq.spamhaus.net {KEY}\nmail.abusix.zone 0123abc\n")).unwrap();
    check(server.port, &flags, "192.0.2.2\n");
    let asked = server.asked();
    assert!(asked.len() > 4, "{asked:?}");
    for name in asked {
        let (spamhaus, abusix) = (name.ends_with("spamhaus.net"), name.ends_with("abusix.zone"));
        assert_eq!((name.contains(KEY), name.contains("0123abc")), (spamhaus, abusix), "{name}");
    }
}
