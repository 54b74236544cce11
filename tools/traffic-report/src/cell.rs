//! What a report shows in one place: a number, "at least" a number, or why there is none.

use std::borrow::Cow;
use std::fmt::{self, Display};

/// A number, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A number.
    Number(Number),
    /// `n/a`, and why.
    Missing(Cow<'static, str>),
    /// Nothing is to stand here.
    Blank,
}

/// A number, rounded where it is shown and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// How much, in units of 1 / `divisor`.
    pub amount: i128,
    /// At least 1.
    pub divisor: i128,
    /// How many decimals are shown.
    pub decimals: u32,
    /// It may be more.
    pub at_least: bool,
}

impl Number {
    /// A whole number.
    pub fn whole(amount: i128) -> Self {
        Number { amount, divisor: 1, decimals: 0, at_least: false }
    }

    /// The number times 10^decimals, rounded half up.
    pub fn rounded(&self) -> i128 {
        let scaled = self.amount.saturating_mul(10_i128.pow(self.decimals));
        let (whole, rest) = (scaled.div_euclid(self.divisor), scaled.rem_euclid(self.divisor));
        whole + i128::from(rest >= self.divisor - rest)
    }
}

/// Without a mark for a lower bound: `12`, `0.42`, `-3`.
impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = self.rounded();
        if self.decimals == 0 {
            return write!(f, "{rounded}");
        }
        let unit = 10_i128.pow(self.decimals);
        let (whole, rest) = (rounded.div_euclid(unit), rounded.rem_euclid(unit));
        write!(f, "{whole}.{rest:0width$}", width = self.decimals as usize)
    }
}

impl Cell {
    /// A whole number.
    pub fn whole(amount: i128) -> Self {
        Cell::Number(Number::whole(amount))
    }

    /// Its number.
    pub fn number(&self) -> Option<&Number> {
        match self {
            Cell::Number(number) => Some(number),
            Cell::Missing(_) | Cell::Blank => None,
        }
    }
}

/// As a person reads it: `12`, `>= 12`, `n/a`, nothing.
impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Number(number) if number.at_least => write!(f, ">= {number}"),
            Cell::Number(number) => write!(f, "{number}"),
            Cell::Missing(_) => f.write_str("n/a"),
            Cell::Blank => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_once_half_up() {
        for (amount, divisor, decimals, text) in [
            (0, 7, 2, "0.00"),
            (1, 200, 2, "0.01"),
            (1, 201, 2, "0.00"),
            (1535, 1024, 0, "1"),
            (1536, 1024, 0, "2"),
            (199_999, 100_000, 2, "2.00"),
            (i128::from(u64::MAX), 1, 0, "18446744073709551615"),
            (-3, 1, 0, "-3"),
        ] {
            let number = Number { amount, divisor, decimals, at_least: false };
            assert_eq!(number.to_string(), text);
        }
    }
}
