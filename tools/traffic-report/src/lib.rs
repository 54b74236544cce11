//! traffic-report: metric rows to what people and monitoring systems look at.

mod cell;
mod document;
mod explain;
mod facts;
mod formats;
mod formula;
mod limit;
mod log_rows;
mod names;
mod opts;
mod output;
mod period;
mod reports;
mod scope;
mod sums;
mod table;
mod window;

use common::bytes::json::Kind;
use common::filter::cli::{Flag, LENIENT, QUIET, REJECTS, STRICT, Spec};
use common::filter::{Out, Stop};
use common::rows::table::Table;
use common::time::{Day, Zone};

use document::Document;
use facts::Facts;
use formula::Terms;
use names::Name;
pub use opts::Opts;
use opts::Whose;
use output::{Format, Output};
use period::{Step, periods};
use reports::Asked;
use scope::Scope;

/// The command line.
pub static SPEC: Spec = Spec {
    name: "traffic-report",
    about: "Shows metric rows as reports.",
    operands: "[FILE ...]",
    flags: &[
        Flag::value('r', "report", "REPORT,...", "only these (default: all that have data)")
            .of(|| reports::NAMES.to_vec()),
        Flag::value('f', "format", "FORMAT", "text, html, mail, tsv, csv, json, prometheus")
            .of(|| output::FORMATS.map(|(name, _)| name).to_vec()),
        Flag::long_value("day", "DAY", "of this day (default: yesterday)"),
        Flag::long_value("since", "DAY", "from this day on"),
        Flag::long_value("until", "DAY", "up to the day before this one"),
        Flag::value('b', "by", "STEP", "hour, day (default), week, month or quarter")
            .of(|| Step::NAMED.map(Step::heading).to_vec()),
        Flag::long_value("domain", "NAME", "only of this domain"),
        Flag::long_value("user", "ADDRESS", "only of this user"),
        Flag::long_value("per", "domain|user", "a row for each of them"),
        Flag::long_value("top", "N", "the first N rows of a list"),
        Flag::long_value("sort", "COL", "--per by this column, largest first"),
        Flag::long_value("limit", "SPEC", "what an account may do: see the manual"),
        Flag::long_value("compare", "DAYS", "the last day with those before"),
        Flag::long_value("jump", "N", "more than N times the second largest is a jump (4)"),
        Flag::long_value("smtp-uid", "UID,...", "who puts mail from SMTP into the queue"),
        Flag::long_value("kb", "1024|1000", "the bytes of a kB (default: 1024)"),
        Flag::long_value("out-dir", "DIR", "write a page for each domain to DIR"),
        Flag::long_value("to", "ADDRESS", "write a mail to this address; repeatable"),
        Flag::long_value("from", "ADDRESS", "who the mail is from (default: the first of --to)"),
        Flag::long_value("subject", "TEXT", "the subject (default: the main numbers)"),
        Flag::long_value("explain", "CELL", "where the numbers of REPORT/ITEM come from"),
        Flag::switch('H', "header", "the first row names columns, in and out"),
        LENIENT,
        REJECTS,
        STRICT,
        QUIET,
    ],
};

/// Reads the rows, and shows the reports.
pub fn run(opts: Opts, out: &mut Out) -> Result<(), Stop> {
    let mut facts = Facts::new(opts.window);
    if !opts.output.is_quiet {
        out.begin_progress();
    }
    read(opts.table, &mut facts, out)?;
    let find = |name: &[u8]| facts.names.find(name);
    let (scope, account) = match &opts.whose {
        Whose::All => (Scope::All, ""),
        Whose::One(account, name) => (Scope::One(*account, find(name.as_bytes())), name.as_str()),
        Whose::Each(account) => (Scope::Each(*account), ""),
    };
    let smtp_uids: Option<Vec<Name>> =
        opts.smtp_uids.as_ref().map(|uids| uids.iter().filter_map(|uid| find(uid)).collect());
    let first = opts.window.first.or(facts.days().map(|(first, _)| first));
    let (first, end) = (first.unwrap_or(opts.window.end), opts.window.end);
    let asked = Asked {
        facts: &facts,
        periods: &periods(first..end, opts.step, opts.output.now, &mut Zone::local()),
        now: opts.output.now,
        step: opts.step,
        scope,
        account,
        terms: Terms {
            kilobyte: opts.kilobyte,
            smtp_uids: smtp_uids.as_deref(),
            shown: (first, end),
        },
        is_for_people: opts.output.format.is_for_people(),
        limits: &opts.limits,
        comparison: opts.comparison,
        top: opts.top,
        sort: opts.sort.as_deref(),
    };
    if let Some(cell) = &opts.explain {
        let text = explain::explain(cell, &asked)?;
        out.buffer().extend_from_slice(text.as_bytes());
        return Ok(());
    }
    let (mut document, found) = reports::document(opts.reports.as_deref(), &asked);
    if !facts.has_rows_of(first..end) {
        let nothing = format!("no row of {}", reports::days_in_words(first, end));
        if !out.failed() {
            out.note("", &nothing);
            out.answer_no();
        }
        document.left_out.push(nothing);
        document.left_out.extend(silent(&asked, Day(end.0 - 1)));
    }
    if let Some(sort) = &opts.sort
        && !document.has_column(sort)
    {
        let flag = format!("--sort={}", common::bytes::tsv::visible(sort.as_bytes()));
        return Err(Stop::usage(flag, "no report that is shown has this column"));
    }
    // a job that did not ask for them has not failed
    if found.is_anything && opts.reports.is_some() {
        out.answer_no();
    }
    write(&opts.output, &document, &asked, out)
}

/// Takes in all rows.
fn read(table: Table, facts: &mut Facts, out: &mut Out) -> Result<(), Stop> {
    let mut rows = 0_u64;
    let read = table.for_each_row(out, |row, ledger, out| {
        rows += 1;
        out.progress(|_| format!("{rows} rows"));
        match facts.add(row) {
            Ok(()) => facts.settle_if_many(),
            Err(fault) => ledger.report(row.line(), fault),
        }
    });
    match read {
        // a no would be the answer of a report
        Err(Stop::No) => Err(Stop::usage("", "there is no report, since rows are broken")),
        Err(stop) => Err(stop),
        Ok(()) => facts.close(),
    }
}

/// A line for each source that should have had rows on a day.
fn silent(asked: &Asked<'_>, day: Day) -> impl Iterator<Item = String> {
    let silent = reports::changes::silent(asked.facts, day).into_iter();
    silent.map(|(source, host)| format!("silent: {} of {}", asked.text(source), asked.text(host)))
}

fn write(how: &Output, document: &Document, asked: &Asked<'_>, out: &mut Out) -> Result<(), Stop> {
    let mut text = String::new();
    match &how.format {
        Format::Text => formats::text::document(document, &mut text),
        Format::Tsv => {
            out.name_columns(how.header, formats::tsv::COLUMNS.map(|name| (name, Kind::Text)));
            formats::tsv::document(document, out.buffer());
        }
        Format::Csv => {
            formats::csv::document(document, out.buffer()).map_err(Stop::io("stdout"))?;
        }
        Format::Json => {
            formats::json::document(document, out.buffer()).map_err(Stop::io("stdout"))?;
        }
        Format::Prometheus => {
            formats::prometheus::write(document, asked, how.now.seconds, &mut text);
        }
        Format::Html => out.write(formats::html::page(document).as_bytes())?,
        Format::Pages(folder) => formats::pages::write(document, folder, how.is_quiet, out)?,
        Format::Mail(letter) => out.write(&formats::mail::message(document, letter))?,
    }
    out.buffer().extend_from_slice(text.as_bytes());
    Ok(())
}
