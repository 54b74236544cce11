//! Charts as drawings within the page.

use std::fmt::Write;

use maud::{Markup, html};

use crate::cell::Cell;
use crate::formats::html::charts::{Chart, Series, Shape, drawn};
use crate::formats::html::frame::{DIGIT_WIDTH, Frame, LABEL_HEIGHT, TOP, hundredths};
use crate::formula::Unit;

/// How high the mark for "at least" is.
const MORE_HEIGHT: u128 = 45;

/// What gaps and second series are filled with, once for all charts.
pub fn patterns() -> Markup {
    html! {
        svg.defs aria-hidden="true" {
            defs {
                pattern id="1" width="60" height="60" patternUnits="userSpaceOnUse" {
                    path.hatch d="M-15 15L15 -15M0 60L60 0M45 75L75 45" {}
                }
                pattern id="2" width="30" height="30" patternUnits="userSpaceOnUse" {
                    path.ink2 d="M0 0h30v20h-30z" {}
                }
            }
        }
    }
}

/// A chart with its title; its two numbers are `id` and the next.
pub fn figure(chart: &Chart<'_>, id: usize) -> Markup {
    let frame = Frame::new(chart);
    let headings: Vec<&str> = chart.series.iter().map(|series| series.head.heading).collect();
    let unit = chart.series[0].head.unit;
    let is_least = |cell: &&Cell| cell.number().is_some_and(|number| number.at_least);
    let mut cells = chart.series.iter().flat_map(|series| series.cells.iter().copied());
    let directions = if chart.series.len() > 1 { [", up", ", down"] } else { ["", ""] };
    html! {
        figure.wide[frame.is_wide()] role="img" aria-labelledby=(id) aria-describedby=(id + 1) {
            figcaption {
                @for ((series, key), direction) in chart.series.iter().zip(KEYS).zip(directions) {
                    span {
                        svg.key viewBox="0 0 110 110" aria-hidden="true" {
                            path class=(key) d="M0 0h110v110h-110z" {}
                        }
                        b { (series.head.heading) } (direction)
                    }
                }
                span { (measure(unit)) " by " (chart.step) }
                @if cells.clone().any(|cell| cell.number().is_none()) { span { "hatched: n/a" } }
                @if cells.any(|cell| is_least(&cell)) { span { "faint tip: at least" } }
            }
            svg viewBox={ "0 0 " (frame.width) " " (frame.bottom + LABEL_HEIGHT) } {
                title id=(id) { (chart.title) " by " (chart.step) ": " (headings.join(", ")) }
                desc id=(id + 1) { (chart.description()) }
                (frame.grid())
                @for at in 0..chart.periods.len() { (frame.slot(at)) }
                @if chart.series[0].shape() == Shape::Steps { path.line d=(frame.steps()) {} }
                path.zero d={ "M" (frame.left) " " (frame.zero) "H" (frame.width) } {}
                (frame.labels())
            }
        }
    }
}

const KEYS: [&str; 2] = ["s1", "s2"];

fn measure(unit: Unit) -> &'static str {
    match unit {
        Unit::Average => "average",
        Unit::Messages
        | Unit::Connections
        | Unit::Lines
        | Unit::Times
        | Unit::Days
        | Unit::Kilobytes
        | Unit::Percent
        | Unit::OfRow => unit.name(),
    }
}

impl Frame<'_> {
    fn grid(&self) -> Markup {
        let [up, down] = &self.lines;
        let up = up.iter().map(|amount| (*amount, self.zero - self.high(*amount)));
        let down = down.iter().map(|amount| (*amount, self.zero + self.high(*amount)));
        html! {
            @for (amount, y) in up.chain([(0, self.zero)]).chain(down) {
                @if amount > 0 { path.grid d={ "M" (self.left) " " (y) "H" (self.width) } {} }
                text.end x=(self.left - DIGIT_WIDTH) y=(y + 35) { (hundredths(amount)) }
            }
        }
    }

    /// A period: what it shows as words, and its bars or gaps.
    fn slot(&self, at: usize) -> Markup {
        let (start, end) = (self.x(at), self.x(at + 1));
        let space = match self.chart.series[0].shape() {
            Shape::Bars => (end - start) / 5,
            Shape::Steps => 0,
        };
        let (x, wide) = (start + space / 2, end - start - space);
        html! {
            g {
                title { (self.chart.period(at)) }
                path.hit d=(block(start, TOP, end - start, self.bottom - TOP)) {}
                @for (series, is_up) in self.chart.series.iter().zip([true, false]) {
                    (self.mark(series, at, is_up, (x, wide)))
                }
            }
        }
    }

    fn mark(&self, series: &Series<'_>, at: usize, is_up: bool, (x, wide): (u128, u128)) -> Markup {
        let Some(number) = series.cells[at].number() else {
            let (y, high) =
                if is_up { (TOP, self.zero - TOP) } else { (self.zero, self.bottom - self.zero) };
            return html! { path.gap d=(block(x, y, wide, high)) {} };
        };
        let high = self.high(drawn(number).unwrap_or(0));
        let class = match (series.shape(), is_up) {
            (Shape::Steps, _) => "under",
            (Shape::Bars, true) => "s1",
            (Shape::Bars, false) => "s2",
        };
        let (y, more) = if is_up {
            (self.zero - high, self.zero - high - MORE_HEIGHT)
        } else {
            (self.zero, self.zero + high)
        };
        html! {
            @if high > 0 { path class=(class) d=(block(x, y, wide, high)) {} }
            @if number.at_least { path.s1.more d=(block(x, more, wide, MORE_HEIGHT)) {} }
        }
    }

    /// The line over the steps; it has a gap where there is no number.
    fn steps(&self) -> String {
        let mut line = String::new();
        let mut goes_on = false;
        for (at, cell) in self.chart.series[0].cells.iter().enumerate() {
            if let Some(amount) = cell.number().and_then(drawn) {
                let y = self.zero - self.high(amount);
                // a string takes whatever is written to it
                let _ = if goes_on {
                    write!(line, "V{y}H{}", self.x(at + 1))
                } else {
                    write!(line, "M{} {y}H{}", self.x(at), self.x(at + 1))
                };
            }
            goes_on = cell.number().is_some();
        }
        line
    }

    fn labels(&self) -> Markup {
        let y = self.bottom + LABEL_HEIGHT - 50;
        let length = |label: &str| DIGIT_WIDTH * label.len() as u128;
        let room = usize::try_from((self.width - self.left) / DIGIT_WIDTH).unwrap_or(0);
        let middle = |at: usize| self.x(at).midpoint(self.x(at + 1));
        // the first is longer than the others and may hide the next
        let free = self.left + length(self.chart.periods[0]) + DIGIT_WIDTH;
        html! {
            @for (at, label) in self.chart.labels(room) {
                @if at == 0 {
                    text x=(self.left) y=(y) { (label) }
                } @else if middle(at) >= free + length(label) / 2 {
                    @if middle(at) + length(label) / 2 > self.width {
                        text.end x=(self.width) y=(y) { (label) }
                    } @else {
                        text.mid x=(middle(at)) y=(y) { (label) }
                    }
                }
            }
        }
    }
}

fn block(x: u128, y: u128, wide: u128, high: u128) -> String {
    format!("M{x} {y}h{wide}v{high}h-{wide}z")
}
