//! The sums in the order in which they are written, those of one owner together.

use std::cmp::Ordering;

use crate::key::{Amounts, KeyFields};
use crate::metric::Metric;

/// Sums that are to be written.
pub struct SortedEntry<'a> {
    /// The rank of its place, and the head of its owner.
    order: (usize, u128),
    /// What its key says.
    pub fields: KeyFields<'a>,
    /// Or a zero.
    sums: Option<&'a Amounts>,
}

impl<'a> SortedEntry<'a> {
    /// Sums under a key at a place of this rank; a zero, if there are none.
    pub fn new(rank: usize, fields: KeyFields<'a>, sums: Option<&'a Amounts>) -> Self {
        SortedEntry { order: (rank, head_of(fields.owner)), fields, sums }
    }

    /// The order of places and owners.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.order.cmp(&other.order).then_with(|| self.owner().cmp(other.owner()))
    }

    /// The fields domain and user, each with a TAB after it.
    pub fn owner(&self) -> &'a [u8] {
        self.fields.owner
    }

    /// Are both of one place and owner?
    pub fn is_beside(&self, other: &Self) -> bool {
        self.order == other.order && self.owner() == other.owner()
    }

    /// The sums that have rows, and their places. Of those not merged, zeros stand for themselves.
    pub fn values(&self) -> impl Iterator<Item = (usize, u64)> {
        let has_all = self.sums.is_none() || self.fields.first == Metric::Merged;
        let values = self.sums.copied().unwrap_or_default().into_iter().enumerate();
        values.filter(move |(at, value)| *value > 0 || has_all && *at == 0)
    }
}

/// The first bytes of a text as a number, in the order of the bytes: most comparisons need no more.
fn head_of(text: &[u8]) -> u128 {
    let mut head = [0; 16];
    let length = text.len().min(head.len());
    head[..length].copy_from_slice(&text[..length]);
    u128::from_be_bytes(head)
}
