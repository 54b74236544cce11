//! Where everything of a chart is, in tenths of a pixel.

use crate::formats::html::charts::{Chart, ONE, Series, Shape};

/// A chart with more periods takes the whole width of the page.
const NARROW_PERIODS: usize = 62;
const NARROW_WIDTH: u128 = 4000;
const WIDE_WIDTH: u128 = 9200;
const PLOT_HEIGHT: u128 = 1150;
/// A mark for "at least" has room above a bar.
pub const TOP: u128 = 90;
/// The line of labels at the bottom.
pub const LABEL_HEIGHT: u128 = 170;
/// A character of a label.
pub const DIGIT_WIDTH: u128 = 62;
/// No number but 0 is drawn as nothing.
const LEAST_HEIGHT: u128 = 8;
/// The largest number has as many lines below it, at most.
const MOST_LINES: u128 = 4;

/// Where everything is.
#[derive(Debug)]
pub struct Frame<'a> {
    pub chart: &'a Chart<'a>,
    pub width: u128,
    /// Where the first period begins; left of it the lines have their labels.
    pub left: u128,
    /// The line that bars stand on, or hang from.
    pub zero: u128,
    pub bottom: u128,
    /// So many hundredths
    amount: u128,
    /// are so high.
    amount_height: u128,
    /// The lines above and below that of 0, in hundredths.
    pub lines: [Vec<u128>; 2],
}

impl<'a> Frame<'a> {
    /// Both directions have the same scale.
    pub fn new(chart: &'a Chart<'a>) -> Self {
        let largest = |series: &Series<'_>| series.largest().map_or(0, |(amount, _)| amount);
        let [up, down] =
            [chart.series.first(), chart.series.get(1)].map(|series| series.map_or(0, largest));
        let is_double = chart.series.len() > 1;
        let room_down = if is_double { room_down(up, down) } else { 0 };
        let room_up = PLOT_HEIGHT - room_down;
        let (amount_height, amount) = if room_up * down <= room_down * up || !is_double {
            (room_up, up.max(1))
        } else {
            (room_down, down)
        };
        let step = line_step(up.max(down), chart.series[0].shape());
        let lines: [Vec<u128>; 2] =
            [up, down].map(|most| (1..=most / step).map(|line| line * step).collect());
        let labels = lines.iter().flatten().map(|amount| hundredths(*amount).len());
        let left = DIGIT_WIDTH * (labels.max().unwrap_or(1) as u128 + 1);
        let is_wide = chart.periods.len() > NARROW_PERIODS;
        let width = if is_wide { WIDE_WIDTH } else { NARROW_WIDTH };
        let bottom = TOP + PLOT_HEIGHT + if is_double { TOP } else { 0 };
        let zero = TOP + room_up;
        Frame { chart, width, left, zero, bottom, amount, amount_height, lines }
    }

    /// Does it need a page's whole width?
    pub fn is_wide(&self) -> bool {
        self.width == WIDE_WIDTH
    }

    /// Where a period begins, and the one before it ends.
    pub fn x(&self, at: usize) -> u128 {
        self.left + (self.width - self.left) * at as u128 / self.chart.periods.len() as u128
    }

    /// How high hundredths are drawn.
    pub fn high(&self, amount: u128) -> u128 {
        let high = amount * self.amount_height / self.amount;
        if amount == 0 { 0 } else { high.max(LEAST_HEIGHT) }
    }
}

/// How much of the plot is for what hangs down; each direction has some of it.
fn room_down(up: u128, down: u128) -> u128 {
    let share = PLOT_HEIGHT * down / (up + down).max(1);
    share.clamp(PLOT_HEIGHT / 8, PLOT_HEIGHT * 7 / 8)
}

/// The distance of two lines below the largest number: 1, 2 or 5 times a power of ten.
fn line_step(largest: u128, shape: Shape) -> u128 {
    let mut step = match shape {
        Shape::Bars => ONE,
        Shape::Steps => 1,
    };
    loop {
        for step in [step, step.saturating_mul(2), step.saturating_mul(5)] {
            if largest / step <= MOST_LINES {
                return step;
            }
        }
        step = step.saturating_mul(10);
    }
}

/// Hundredths as they are read: `12`, `0.5`, `0.05`.
pub fn hundredths(amount: u128) -> String {
    match (amount / ONE, amount % ONE) {
        (whole, 0) => whole.to_string(),
        (whole, rest) if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        (whole, rest) => format!("{whole}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_at_round_numbers() {
        for (largest, shape, step) in [
            (100, Shape::Bars, "1"),
            (400, Shape::Bars, "1"),
            (500, Shape::Bars, "2"),
            (349_400, Shape::Bars, "1000"),
            (10_000_000, Shape::Bars, "50000"),
            (1, Shape::Steps, "0.01"),
            (47, Shape::Steps, "0.1"),
            (160, Shape::Steps, "0.5"),
        ] {
            assert_eq!(hundredths(line_step(largest, shape)), step, "{largest}");
        }
    }

    #[test]
    fn each_direction_has_room() {
        assert_eq!(room_down(1, 0), 143);
        assert_eq!(room_down(0, 1), 1006);
        assert_eq!(room_down(7, 7), 575);
    }
}
