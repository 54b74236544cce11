//! The database: its ledger of files, and how a file gets in exactly once.

use std::collections::BTreeMap;
use std::time::Duration;

use common::filter::{Stop, name_of};

use crate::content::{Content, Lines, Traffic};
use crate::engine::{Engine, Failure, Record, Value};
use crate::metrics::{Metrics, fields};
use crate::place::Place;

/// How long a loader waits for another one.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The metrics as others read them.
pub const VIEWS: &str = r#"
CREATE VIEW metric_row AS
    SELECT metric.day, metric.hour, series.host, metric.domain, metric."user", series.source,
        series.metric, series.label, metric.value
    FROM metric JOIN series ON series.id = metric.series;
CREATE VIEW metric_day AS
    SELECT metric.day, series.host, metric.domain, series.source, series.metric, series.label,
        sum(metric.value) AS value
    FROM metric JOIN series ON series.id = metric.series
    GROUP BY metric.day, series.host, metric.domain, series.source, series.metric, series.label;
"#;

const IN_PLACE: &str = "SELECT name, sha256 FROM ledger WHERE day = $1 AND kind = $2 AND host = $3";
const SAME_CONTENT: &str = "
    SELECT name, day, kind, host FROM ledger
    WHERE sha256 = $1 AND (day, kind, host) <> ($2, $3, $4)
    ORDER BY day, kind, host LIMIT 1";
/// The ledger is last, since the others refer to it.
const REMOVE: [&str; 4] = [
    "DELETE FROM metric
     WHERE file IN (SELECT id FROM file WHERE day = $1 AND kind = $2 AND host = $3)",
    "DELETE FROM file WHERE day = $1 AND kind = $2 AND host = $3",
    "DELETE FROM translog WHERE day = $1 AND kind = $2 AND host = $3",
    "DELETE FROM ledger WHERE day = $1 AND kind = $2 AND host = $3",
];
const INTO_LEDGER: &str = "INSERT INTO ledger VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const INTO_FILE: &str = "INSERT INTO file (day, kind, host) VALUES ($1, $2, $3) RETURNING id";
const EMPTY_INCOMING: &str = "DELETE FROM incoming";
const INTO_SERIES: &str = "
    INSERT INTO series (host, source, metric, label)
    SELECT host, source, metric, label FROM incoming
    WHERE NOT EXISTS (
        SELECT 1 FROM series WHERE series.host = incoming.host
            AND series.source = incoming.source AND series.metric = incoming.metric
            AND series.label = incoming.label)
    ORDER BY number";
const SERIES_OF_INCOMING: &str = "
    SELECT series.id FROM incoming JOIN series ON series.host = incoming.host
        AND series.source = incoming.source AND series.metric = incoming.metric
        AND series.label = incoming.label
    ORDER BY incoming.number";
/// Other files that counted the same for nobody: a zero, or all of their day.
const COUNTED_BY: &str = r#"
    SELECT ledger.name, ledger.host FROM metric
    JOIN file ON file.id = metric.file
    JOIN ledger ON ledger.day = file.day AND ledger.kind = file.kind AND ledger.host = file.host
    WHERE metric.series = $1 AND metric.day = $2
        AND metric.domain = '' AND metric."user" = '' AND metric.hour = ''
        AND (metric.value = 0 OR metric.day = file.day)"#;

/// Whose numbers a file holds.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name without folders.
    pub name: &'a str,
    /// The day in its name, `YYYY-MM-DD`.
    pub day: &'a str,
    /// The word for the kind in its name.
    pub kind: &'a str,
    /// The server it is from.
    pub host: &'a str,
}

impl<'a> File<'a> {
    /// What the ledger knows it by.
    fn key(&self) -> [Value<'a>; 3] {
        [self.day.into(), self.kind.into(), self.host.into()]
    }
}

/// What may be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A file in place of what is there for its day, kind and host.
    pub replace: bool,
    /// Content that is there already for another.
    pub same_content: bool,
    /// No file that counts what another one has counted.
    pub strict: bool,
}

/// What became of a file.
#[derive(Debug)]
pub enum Outcome {
    /// It is in the database since now; with doubts about it.
    Loaded(Vec<String>),
    /// It was there before.
    Already,
    /// Something else is there; says what.
    Conflict(String),
}

/// An open database with our schema.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
    name: String,
}

impl Database {
    /// Opens the database. It must be there unless `create` is set.
    pub fn open(place: &Place, create: bool) -> Result<Self, Stop> {
        let name = match place {
            Place::File(path) => name_of(path.as_os_str()),
            // there may be more in an address than others should see
            Place::Server(_) => "--db".into(),
        };
        Ok(Database { engine: Engine::open(place, &name, create)?, name })
    }

    /// Loads a file in one transaction, which is on disk when this returns.
    pub fn load(&mut self, file: &File, content: &Content, rules: Rules) -> Result<Outcome, Stop> {
        self.try_load(file, content, rules).map_err(|failure| self.stop(failure))
    }

    /// Looks at one state of the database.
    pub fn view<T>(
        &mut self,
        look: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.engine.begin_view()?;
        let seen = look(self);
        // nothing was changed, so nothing depends on it
        let _ = self.engine.roll_back();
        self.engine.check()?;
        seen
    }

    /// What this database fails with.
    pub fn stop(&self, failure: Failure) -> Stop {
        failure.stop(&self.name)
    }

    /// Hands each row that a statement gives to `each`.
    pub fn query(
        &mut self,
        statement: &str,
        values: &[Value],
        each: impl FnMut(&Record) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.engine.query(statement, values, each)
    }

    fn try_load(
        &mut self,
        file: &File,
        content: &Content,
        rules: Rules,
    ) -> Result<Outcome, Failure> {
        self.engine.begin_change()?;
        let outcome = self.change(file, content, rules);
        if let Ok(Outcome::Loaded(_)) = outcome {
            self.engine.commit()?;
        } else {
            // what comes after a failure is worth less than the failure
            let _ = self.engine.roll_back();
        }
        outcome
    }

    fn change(&mut self, file: &File, content: &Content, rules: Rules) -> Result<Outcome, Failure> {
        match self.in_place(file)? {
            Some((_, sha256)) if sha256 == content.sha256 => return Ok(Outcome::Already),
            Some((name, _)) if !rules.replace => {
                return Ok(Outcome::Conflict(format!(
                    "other content is loaded for this day, kind and host, from {name}"
                )));
            }
            _ => {}
        }
        // Days without traffic are all alike, and loading one twice adds nothing.
        if !rules.same_content
            && !content.adds_nothing()
            && let Some(what) = self.same_content(file, content)?
        {
            return Ok(Outcome::Conflict(what));
        }
        for table in REMOVE {
            self.engine.execute(table, &file.key())?;
        }
        let doubts = match &content.lines {
            Lines::Traffic(traffic) => {
                self.insert_traffic(file, traffic)?;
                Vec::new()
            }
            Lines::Metrics(metrics) => self.insert_metrics(file, metrics)?,
        };
        if rules.strict && !doubts.is_empty() {
            return Ok(Outcome::Conflict(doubts.join("; ")));
        }
        self.insert_in_ledger(file, content)?;
        Ok(Outcome::Loaded(doubts))
    }

    /// Name and checksum of what the ledger has in a file's place.
    fn in_place(&mut self, file: &File) -> Result<Option<(String, String)>, Failure> {
        let mut there = None;
        self.engine.query(IN_PLACE, &file.key(), |row| {
            there = Some((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
            Ok(())
        })?;
        Ok(there)
    }

    /// Says where else the same content is.
    fn same_content(&mut self, file: &File, content: &Content) -> Result<Option<String>, Failure> {
        let [day, kind, host] = file.key();
        let values = [content.sha256.as_str().into(), day, kind, host];
        let mut there = None;
        self.engine.query(SAME_CONTENT, &values, |row| {
            let (name, day, kind) = (row.text(0)?, row.text(1)?, row.text(2)?);
            let host = of_host(row.text(3)?);
            there =
                Some(format!("the same content is loaded as {kind}{host} on {day}, from {name}"));
            Ok(())
        })?;
        Ok(there)
    }

    fn insert_in_ledger(&mut self, file: &File, content: &Content) -> Result<(), Failure> {
        let [day, kind, host] = file.key();
        let lines = i64::try_from(content.lines()).unwrap_or(i64::MAX);
        let kilobytes = content.kilobytes().unwrap_or(0);
        let now = common::time::Instant::now().seconds;
        let sha256 = content.sha256.as_str();
        let row = [
            file.name.into(),
            sha256.into(),
            day,
            kind,
            host,
            lines.into(),
            kilobytes.into(),
            now.into(),
        ];
        self.engine.execute(INTO_LEDGER, &row)
    }

    fn insert_traffic(&mut self, file: &File, traffic: &Traffic) -> Result<(), Failure> {
        let [day, kind, host] = file.key();
        let rows = traffic.entries.iter().map(|entry| {
            let domain = entry.domain.as_str().into();
            let numbers = [entry.kilobytes, entry.hits_all, entry.hits_html].map(Value::from);
            let [kilobytes, hits_all, hits_html] = numbers;
            [day, kind, host, domain, kilobytes, hits_all, hits_html, file.name.into()]
        });
        self.engine.fill("translog", rows)
    }

    /// Says which other files have counted the same.
    fn insert_metrics(&mut self, file: &File, metrics: &Metrics) -> Result<Vec<String>, Failure> {
        let series = self.insert_series(metrics)?;
        let doubts = self.counted_twice(file, metrics, &series)?;
        let mut id = 0;
        self.engine.query(INTO_FILE, &file.key(), |row| {
            id = row.number(0)?;
            Ok(())
        })?;
        // in the order of the table's key, so that every row goes to its end
        let mut blocks: Vec<_> = series.iter().zip(metrics.sums.by_first()).collect();
        blocks.sort_unstable_by_key(|(series, _)| **series);
        let rows = blocks.into_iter().flat_map(|(series, rows)| {
            rows.map(move |([_, day, domain, user, hour], value)| {
                let [day, domain, user, hour] = [day, domain, user, hour].map(Value::from);
                [id.into(), (*series).into(), day, domain, user, hour, value.cast_signed().into()]
            })
        });
        self.engine.fill("metric", rows)?;
        Ok(doubts)
    }

    /// The number in the database of each series, in their order.
    fn insert_series(&mut self, metrics: &Metrics) -> Result<Vec<i64>, Failure> {
        self.engine.execute(EMPTY_INCOMING, &[])?;
        let rows = (0..).zip(metrics.sums.column(0)).map(|(number, series)| {
            let [host, source, metric, label] = fields(series).map(Value::from);
            [Value::Number(number), host, source, metric, label]
        });
        self.engine.fill("incoming", rows)?;
        self.engine.execute(INTO_SERIES, &[])?;
        let mut series = Vec::new();
        self.engine.query(SERIES_OF_INCOMING, &[], |row| {
            series.push(row.number(0)?);
            Ok(())
        })?;
        Ok(series)
    }

    /// Says which other files have counted for nobody what this one has: most likely they are of
    /// the same log. Earlier days are left out unless nothing was counted, since what is late adds
    /// to them.
    fn counted_twice(
        &mut self,
        file: &File,
        metrics: &Metrics,
        series: &[i64],
    ) -> Result<Vec<String>, Failure> {
        let mut others: BTreeMap<String, (String, usize)> = BTreeMap::new();
        let texts = metrics.sums.column(0).map(fields);
        for ((id, text), rows) in series.iter().zip(texts).zip(metrics.sums.by_first()) {
            let [host, source, metric, label] = text;
            if !label.is_empty() {
                continue;
            }
            for ([_, day, domain, user, hour], value) in rows {
                let of_nobody = [domain, user, hour].iter().all(|text| text.is_empty());
                if !of_nobody || value != 0 && day != file.day {
                    continue;
                }
                self.engine.query(COUNTED_BY, &[(*id).into(), day.into()], |row| {
                    let name = format!("{}{}", row.text(0)?, of_host(row.text(1)?));
                    let first = || (format!("{day} {host} {source} {metric}"), 0);
                    others.entry(name).or_insert_with(first).1 += 1;
                    Ok(())
                })?;
            }
        }
        let doubts = others.into_iter().map(|(name, (first, count))| match count {
            0 | 1 => format!("counted before, in {name}: {first}"),
            _ => format!("counted before, in {name}: {first} and {} more", count - 1),
        });
        Ok(doubts.collect())
    }
}

fn of_host(host: &str) -> String {
    if host.is_empty() { String::new() } else { format!(" of {host}") }
}
