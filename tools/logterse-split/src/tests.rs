//! The fast rows against the plain ones: for any columns, any byte changed, any end of a block.

use common::bytes::scan::{dispatch, levels};
use common::bytes::wide::RowRoom;
use common::filter::{Input, Ledger, Out, Policy};
use common::logs::logterse;
use common::rows::TimeColumn;

use crate::rows::Rows;
use crate::split::Splitter;
use common::rows::schema::{Column as _, TransactionColumn as Column};

const HEAD: &str = "@40000000582033e43560d92c 28003 (deny) logging::logterse: ` ";
const DENIED: &str = "msg denied before queued";
const NEXT: &str = "\n@40000000582033e43560d92d 7 logging::logterse plugin: ` \t\t\n";

/// Records that are found.
fn common_records() -> Vec<String> {
    let most =
        String::from("192.0.2.1\th.example\tx y\t<a@b.Example>\t<c@d.example>\tdnsbl\t901\t");
    [
        format!("{most}http://www.example/x\t{DENIED}"),
        format!("{most}Blocked by zen.example.\t"),
        format!("{most}http://www.example/x"),
        format!("2001:db8::1\t\t\t<>\t\tnaughty\t903\t(dnsbl) 4.3.2.1.bl.example\t{DENIED}"),
        format!("\t\t\t\t\thosts_allow\t901\tno\t{DENIED}"),
        String::from(
            "1.2.3.4\th\th\ta@b.c.ORG.\tc@d\tspamassassin\t901\tno\tYes, hits=13.1 required=5",
        ),
        "1.2.3.4\th\th\t<a@[127.0.0.5]>\t<c@d>\tqueued\t\t<1@b>\tNo, hits=-2.6 required=5.0_"
            .into(),
        "1.2.3.4\th\th\t<a@museum>\t<c>\tqueued\t\t<1@b>\tYes, score=1 required=5.00".into(),
        "1.2.3.4\th\th\t<a.b>\t<>\tqueued\t\t<1@b>\thits=4".into(),
        "1.2.3.4\th\th\t<@.>\t<c@d>\tqueued\t\t<1@b>\t".into(),
        "1.2.3.4\th\th\t<a@b>\t<c@d>\tqueued\t\t<1@b>".into(),
        format!("1.2.3.4\th\th\t<a@b>\t<c@d>\tdnsbl\t901\t{}\t{DENIED}", "x".repeat(70)),
    ]
    .map(|fields| format!("{HEAD}{fields}"))
    .into_iter()
    // the shortest head
    .chain([format!("{}{most}no\t{DENIED}", HEAD.replace("28003", "7"))])
    .collect()
}

/// Records that are not, or may go on in the next line, or are none.
fn odd_records() -> Vec<String> {
    let queued = "queued\t\t<1@b>\tNo, hits=1 required=5";
    [
        format!("1.2.3.4:55\th\th\t<a@b>\t<c@d>\t{queued}"),
        format!("1.2.3.4\th\th\t<a@b>\t<c@d>,<e@f>\t{queued}"),
        format!("1.2.3.4\t\"h\th\t<a@b>\t<c@d>\t{queued}"),
        format!("1.2.3.4\th\th\t<'a@b>\t<c@d>\t{queued}"),
        String::from("1.2.3.4\th\th\t<a@b>\t<c@d>\t\t\t<1@b>\tNo, hits=1 required=5"),
        format!("1.2.3.4\th\th\t<a@b>\t<c@d>\tdnsbl\t901\ta\tb\t{DENIED}"),
        String::from("1.2.3.4\th\th\t<a@b>\t<c@d>\tdnsbl\t901\ta\tb\tc\td"),
        format!("1.2.3.4\th\th\t<a@b>\t<c@d>\tdnsbl\t9x1\ta\t{DENIED}"),
        format!("1.2.3.4\th\th\t<a@b>\t<c@d>\tdnsbl\t901\ta\\b\t{DENIED}"),
        format!("1.2.3.4\th\th\t<a@{}>\t<c@d>\t{queued}", "b.".repeat(40)),
        format!("1.2.3.4\th\th\t<a@b.{}>\t<c@d>\t{queued}", "c".repeat(33)),
        format!("1.2.3.4\th\t{}\t<a@b>\t<c@d>\t{queued}", "h".repeat(300)),
        String::from("1.2.3.4\th\th\t<a@b>\t<c@d>\tqueued\t\t<1@b\tNo, hits=1>"),
        format!("1.2.3.4\th\th\t<a@b>\t<c@d>\tqueued\t901\tno\t{DENIED}"),
        String::from("1.2.3.4\th\th"),
    ]
    .map(|fields| format!("{HEAD}{fields}"))
    .into()
}

/// A line and what follows it in a block.
fn block(line: &[u8], next: &str) -> Vec<u8> {
    [line, next.as_bytes(), &[b'x'; 600]].concat()
}

/// The row of the first line by the plain way, and the place after the line; `None` if that is
/// no record of one row, or may not be written before the next line was looked at.
fn reference(rows: &mut Rows, block: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = block.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = (&block[..end], &block[end + 1..]);
    let record = logterse::parse(line).ok()?;
    if record.may_go_on() {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        if logterse::continuation(&rest[..end], line.ends_with(b"\r")).is_some() {
            return None;
        }
    }
    let mut row = Vec::new();
    assert_eq!(rows.write(&record, &mut row), Ok(()));
    Some((row, end + 1))
}

/// Is the first line of a block found? Its row is that of the plain way, with each kind of
/// vectors.
fn check(columns: &[Column], each_recipient: bool, block: &[u8]) -> bool {
    let new = || Rows::new(columns.to_vec(), TimeColumn::named(""), each_recipient);
    let (mut fast, mut slow) = (new(), new().without_fast());
    let mut room = RowRoom::default();
    let found = levels().into_iter().map(|level| {
        let next = dispatch!(level, vectors => fast.write_found(vectors, block, 0, &mut room));
        let row = room.take().to_vec();
        assert!(next.is_some() || row.is_empty());
        next.map(|next| (row, next))
    });
    let found: Vec<_> = found.collect();
    assert!(found.iter().all(|it| *it == found[0]), "{}", block.escape_ascii());
    let is_found = found[0].is_some();
    if is_found {
        assert_eq!(found[0], reference(&mut slow, block), "{}", block.escape_ascii());
    }
    is_found
}

/// Lists of columns: all, each alone, and any number of them in any order.
fn lists(seed: &mut u64) -> Vec<Vec<Column>> {
    let alone = Column::ALL.iter().map(|column| vec![*column]);
    let mut lists: Vec<_> = alone.chain([Column::ALL.to_vec()]).collect();
    for count in 2..=Column::ALL.len() {
        for _ in 0..4 {
            lists.push(shuffled(seed, count));
        }
    }
    lists
}

fn shuffled(seed: &mut u64, count: usize) -> Vec<Column> {
    let mut columns = Column::ALL.to_vec();
    columns.sort_by_cached_key(|_| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *seed >> 32
    });
    columns.truncate(count);
    columns
}

#[test]
fn any_columns() {
    let mut seed = 1;
    for columns in lists(&mut seed) {
        for each_recipient in [false, true] {
            for end in ["", "\r"] {
                for line in common_records() {
                    let whole = end.is_empty() || !line.ends_with("http://www.example/x");
                    let fast = !each_recipient || columns.contains(&Column::Recipient);
                    let block = block(format!("{line}{end}").as_bytes(), NEXT);
                    let is_found = check(&columns, each_recipient, &block);
                    assert_eq!(is_found, whole && fast, "{}", block.escape_ascii());
                }
                for line in odd_records() {
                    let line = format!("{line}{end}");
                    check(&columns, each_recipient, &block(line.as_bytes(), NEXT));
                }
            }
        }
    }
}

/// Recipients that need no escape are joined, if they are not to have a row each.
#[test]
fn many_recipients() {
    let long = format!("<a@b>,<{}@d>", "c".repeat(80));
    for (field, plain) in [
        ("<a@b>,<c@d>", true),
        ("<a@b>,<c@d>,<e,f@g>,<>", true),
        ("a@b,c@d", true),
        (",c@d", true),
        (",", true),
        (long.as_str(), true),
        ("<'a@b>,<c@d>", false),
        ("\"a@b\",c@d", false),
    ] {
        let line = format!("{HEAD}1.2.3.4\th\th\t<a@b>\t{field}\tqueued\t\t<1@b>\tNo, hits=1.0");
        let block = block(line.as_bytes(), NEXT);
        let columns = [Column::Recipient, Column::Pid];
        assert_eq!(check(&columns, false, &block), plain, "{field}");
        assert!(!check(&columns, true, &block), "{field}");
    }
}

/// A line with any byte of it changed, and with one taken out.
#[test]
fn any_bytes() {
    let (mut seed, mut found_ones, mut others) = (2, 0, 0);
    for line in [common_records(), odd_records()].concat() {
        for at in 0..line.len() {
            let mut lines = vec![line.clone().into_bytes()];
            lines[0].remove(at);
            for byte in b"<>\t'\"\\:,.@] `/aA0\r\n\x1b\x7f\xff" {
                let mut line = line.clone().into_bytes();
                line[at] = *byte;
                lines.push(line);
            }
            for line in lines {
                let block = block(&line, NEXT);
                let some = shuffled(&mut seed, at % Column::ALL.len() + 1);
                for columns in [&some, &Column::ALL.to_vec()] {
                    let is_found = check(columns, false, &block);
                    found_ones += usize::from(is_found);
                    others += usize::from(!is_found);
                }
            }
        }
    }
    assert!(found_ones > 20_000 && others > 20_000, "{found_ones} {others}");
}

/// Of a block that ends anywhere, and whatever the next line is.
#[test]
fn any_rest() {
    let nexts = [
        NEXT,
        "\n",
        "\nmore\tmsg denied before queued\n",
        "\nmore\tmsg denied before queued\r\n",
        "\nmore",
        "\n7 more\tmsg denied before queued\n",
        "",
    ];
    for line in common_records() {
        for next in nexts {
            let block = block(line.as_bytes(), next);
            for end in 0..block.len() {
                check(Column::ALL, false, &block[..end]);
            }
        }
    }
    let goes_on = format!("{HEAD}1.2.3.4\th\th\t<a@b>\t<c@d>\tdnsbl\t901\tno");
    let is_found = |next| check(Column::ALL, false, &block(goes_on.as_bytes(), next));
    assert_eq!(nexts.map(is_found), [true, false, false, true, false, false, false]);
}

/// What files give, and what became of their lines.
fn split(rows: Rows, files: &[&tempfile::NamedTempFile]) -> (Vec<u8>, String) {
    let ledger = Ledger::open(Policy::new(&crate::SPEC.parse(Vec::new()).unwrap())).unwrap();
    let mut out = Out::stdout("test");
    let mut splitter = Splitter::new(rows, ledger);
    let names: Vec<_> = files.iter().map(|file| file.path().as_os_str().to_owned()).collect();
    Input::new(&names).for_each_block(&mut out, |block, out| splitter.split(block, out)).unwrap();
    splitter.finish(&mut out).unwrap();
    (std::mem::take(out.buffer()), format!("{:?}", splitter.ledger))
}

/// Files of all kinds of lines in any order, with ends of all kinds.
#[test]
fn any_files() {
    let others = [
        "@40000000582033e43560d92c 28003 dispatching EHLO x",
        "@40000000582033e43560d92c 28003 ` (deny) logging::logterse: ` x",
        "@40000000582033e43560d92c more\tmsg denied before queued",
        "more\tmsg denied before queued",
        "",
    ];
    let lines = [common_records(), odd_records(), others.map(String::from).to_vec()].concat();
    let mut seed = 3_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..200 {
        let mut file = || {
            let mut text = String::new();
            for _ in 0..random(30) {
                text.push_str(&lines[random(lines.len())]);
                text.push_str(["\n", "\n", "\n", "\r\n"][random(4)]);
            }
            if random(4) == 0 {
                text.pop();
            }
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(&file, text).unwrap();
            file
        };
        let files = [&file(), &file()];
        let rows = || Rows::new(Column::ALL.to_vec(), TimeColumn::named(""), false);
        assert_eq!(split(rows(), &files), split(rows().without_fast(), &files));
    }
}
