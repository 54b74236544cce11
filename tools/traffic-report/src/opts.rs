//! What was asked for, as data.

use std::os::unix::ffi::OsStrExt;

use common::bytes::digits::positive;
use common::bytes::tsv;
use common::filter::Stop;
use common::filter::cli::Args;
use common::logs::hosted::domain_named;
use common::rows::metric::MetricRow;
use common::rows::table::Table;
use common::time::window::day;
use common::time::{Day, Instant, Zone};

use crate::limit::{self, Limit};
use crate::output::Output;
use crate::period::Step;
use crate::reports::NAMES;
use crate::reports::changes::Comparison;
use crate::scope::Account;
use crate::window::Window;

/// How many days a day is compared with.
const HISTORY_DAYS: i64 = 56;
/// No log is older than that many days.
const HISTORY_DAYS_MOST: i64 = 100_000;
/// How many times the second largest day a jump is.
const JUMP: i128 = 4;

/// Whose numbers were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those of one account, a field.
    One(Account, String),
    /// Those of each.
    Each(Account),
}

/// What was asked.
#[derive(Debug)]
pub struct Opts {
    pub(crate) table: Table,
    pub(crate) reports: Option<Vec<&'static str>>,
    pub(crate) window: Window,
    pub(crate) step: Step,
    pub(crate) whose: Whose,
    pub(crate) top: Option<usize>,
    pub(crate) sort: Option<String>,
    pub(crate) smtp_uids: Option<Vec<Vec<u8>>>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) kilobyte: i128,
    pub(crate) explain: Option<String>,
    pub(crate) output: Output,
}

impl Opts {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let now = Instant::now();
        let whose = whose(args)?;
        let step = args.named("by", Step::named);
        let default_step = if matches!(whose, Whose::Each(_)) { Step::Whole } else { Step::Day };
        let reports = reports(args);
        let comparison = comparison(args, reports.as_deref())?;
        Ok(Opts {
            table: Table::of_sums(args, MetricRow::columns(args)),
            reports,
            output: Output::new(args, &whose, now)?,
            window: window(args, now, comparison)?,
            step: step.unwrap_or(default_step),
            whose,
            top: args.parsed("top", "a number from 1 on", positive)?,
            sort: args.value("sort").map(|name| name.to_string_lossy().into_owned()),
            smtp_uids: args.has("smtp-uid").then(|| list(args, "smtp-uid")),
            limits: limits(args)?,
            comparison,
            kilobyte: if args.choice("kb") == "1000" { 1000 } else { 1024 },
            explain: args.value("explain").map(|cell| cell.to_string_lossy().into_owned()),
        })
    }
}

/// The words of a list.
fn list(args: &Args, flag: &str) -> Vec<Vec<u8>> {
    let words = args.value(flag).map(|list| list.as_bytes().split(|byte| *byte == b','));
    words.into_iter().flatten().map(<[u8]>::to_vec).collect()
}

fn reports(args: &Args) -> Option<Vec<&'static str>> {
    let named = |word: Vec<u8>| NAMES.iter().copied().find(|name| name.as_bytes() == word);
    args.has("report").then(|| list(args, "report").into_iter().filter_map(named).collect())
}

/// How the last day is compared: if it was asked for, or if a report does it.
fn comparison(args: &Args, reports: Option<&[&str]>) -> Result<Option<Comparison>, Stop> {
    let days = args.parsed("compare", "a number of days from 1 on", positive)?;
    let jump = args.parsed("jump", "a number from 1 on", positive)?;
    let is_asked = reports.is_some_and(|reports| reports.contains(&"changes"));
    if days.is_none() && !is_asked {
        return Ok(None);
    }
    let days = days.map_or(HISTORY_DAYS, |days| i64::try_from(days).unwrap_or(i64::MAX));
    let jump = jump.map_or(JUMP, |jump| i128::try_from(jump).unwrap_or(i128::MAX));
    Ok(Some(Comparison { days: days.min(HISTORY_DAYS_MOST), jump }))
}

fn limits(args: &Args) -> Result<Vec<Limit>, Stop> {
    let mut limits: Vec<Limit> = Vec::new();
    for text in args.values("limit") {
        let flag = || format!("--limit={}", tsv::visible(text.as_bytes()));
        let limit = Limit::parse(text.as_bytes())
            .ok_or_else(|| Stop::usage(flag(), format!("not {}", limit::EXPECTED)))?;
        if limits.iter().any(|other| other.measure == limit.measure) {
            return Err(Stop::usage(flag(), "there is another limit of the same"));
        }
        limits.push(limit);
    }
    Ok(limits)
}

fn window(args: &Args, now: Instant, comparison: Option<Comparison>) -> Result<Window, Stop> {
    let mut zone = Zone::local();
    let mut named = |flag| {
        let what = "a day (YYYY-MM-DD, today, yesterday)";
        args.parsed(flag, what, |text| day(text, now, &mut zone))
    };
    let (only, since, until) = (named("day")?, named("since")?, named("until")?);
    let today = zone.day_at(now.seconds);
    if only.is_some() && (since.is_some() || until.is_some()) {
        return Err(Stop::usage("--day", "not with --since or --until"));
    }
    let (first, end) = match (only, since, until) {
        (None, None, None) => (Some(Day(today.0 - 1)), today),
        (Some(only), ..) => (Some(only), Day(only.0 + 1)),
        (None, since, until) => (since, until.unwrap_or(Day(today.0 + 1))),
    };
    if first.is_some_and(|first| first >= end) {
        return Err(Stop::usage("--until", "is not after --since"));
    }
    Ok(Window { first, end, history_days: comparison.map_or(0, |comparison| comparison.days) })
}

fn whose(args: &Args) -> Result<Whose, Stop> {
    let account = |flag: &str, account, field: fn(&[u8]) -> Vec<u8>| {
        args.value(flag).map(|name| (account, field(name.as_bytes())))
    };
    let each = args.named("per", Account::named);
    let one = [
        account("domain", Account::Domain, domain_field),
        account("user", Account::User, user_field),
    ];
    match (one, each) {
        ([None, None], None) => Ok(Whose::All),
        ([None, None], Some(account)) => Ok(Whose::Each(account)),
        ([Some((account, name)), None] | [None, Some((account, name))], None) => {
            Ok(Whose::One(account, String::from_utf8_lossy(&name).into_owned()))
        }
        ([Some(_), _], _) => Err(Stop::usage("--domain", "not with --user or --per")),
        ([None, Some(_)], Some(_)) => Err(Stop::usage("--user", "not with --per")),
    }
}

/// A domain as metric rows have it.
fn domain_field(name: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    tsv::escape(&domain_named(name), &mut field);
    field
}

/// A user as metric rows have it.
fn user_field(name: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    tsv::escape(&common::logs::address::user(name), &mut field);
    field
}
