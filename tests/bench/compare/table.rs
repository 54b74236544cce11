//! The measured times as rows of Markdown tables.

use std::fmt::Write as _;

use crate::measure::Times;
use crate::{Command, Kind};

const HEAD: &str = "\
| tool | version | median s | min-max s | cpu s | peak MiB | GB/s | x ours | small: s | x ours |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// The table of a job: what is ours, then the peers from the fastest to the slowest, then the
/// limits. `bytes` is the length of the full input.
pub fn job(mut rows: Vec<(&Command, Times, Option<Times>)>, bytes: u64) -> String {
    let base = rows.first().map(|(_, small, full)| (wall(small), full.as_ref().map(wall)));
    let Some((base_small, base_full)) = base else { return String::new() };
    let times = |small: &Times, full: Option<&Times>| match (full, base_full) {
        (Some(full), Some(base)) => wall(full) / base,
        _ => wall(small) / base_small,
    };
    rows.sort_by(|(a, a_small, a_full), (b, b_small, b_full)| {
        let by_time =
            || times(a_small, a_full.as_ref()).total_cmp(&times(b_small, b_full.as_ref()));
        let order = a.kind.cmp(&b.kind);
        if a.kind == Kind::Peer { order.then_with(by_time) } else { order }
    });
    let mut table = HEAD.to_owned();
    for (command, small, full) in &rows {
        let full_cells = match (full, base_full) {
            (Some(full), Some(base)) => cells(full, base, bytes),
            _ => ["-"; 6].join(" | "),
        };
        // writing to a String cannot fail
        let _ = writeln!(
            table,
            "| {} | {} | {full_cells} | {:.3} | {:.1} |",
            command.name,
            command.version,
            wall(small),
            wall(small) / base_small,
        );
    }
    table
}

/// Six cells: median, range, processor, memory, rate, times as long as `base`.
fn cells(times: &Times, base: f64, bytes: u64) -> String {
    let (median, (least, greatest)) = (times.median(), times.range());
    #[expect(clippy::cast_precision_loss, reason = "a rate of three digits")]
    let rate = bytes as f64 / median.wall / 1e9;
    format!(
        "{:.3} | {least:.3}-{greatest:.3} | {} | {} | {rate:.2} | {:.1}",
        median.wall,
        known(median.processor, 1.0, 2),
        known(median.memory, 1024.0, 1),
        median.wall / base,
    )
}

/// Rows of the table of growth: median per folder, the greatest input's time in times of the
/// smallest's, the same of the bytes, and peak memory per folder.
pub fn growth(commands: &[&Command], sizes: &[u64], folders: &[Vec<Times>]) -> String {
    let mut table = String::new();
    for (at, command) in commands.iter().enumerate() {
        let times: Vec<&Times> = folders.iter().map(|times| &times[at]).collect();
        let (first, last) = (times[0], times[times.len() - 1]);
        #[expect(clippy::cast_precision_loss, reason = "a ratio of three digits")]
        let bytes = sizes[sizes.len() - 1] as f64 / sizes[0] as f64;
        let walls: Vec<String> = times.iter().map(|times| format!("{:.3}", wall(times))).collect();
        let peaks: Vec<String> =
            times.iter().map(|times| known(times.median().memory, 1024.0, 1)).collect();
        // writing to a String cannot fail
        let _ = writeln!(
            table,
            "| {} | {} | {} | {bytes:.0} | {:.0} | {} |",
            command.name,
            command.version,
            walls.join(" | "),
            wall(last) / wall(first),
            peaks.join(" | "),
        );
    }
    table
}

fn wall(times: &Times) -> f64 {
    times.median().wall
}

fn known(value: Option<f64>, scale: f64, digits: usize) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{:.digits$}", value / scale))
}
