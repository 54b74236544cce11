//! Which ticks of processor time a group used: each is counted once, whoever has it in the end.
//!
//! A process that ends takes its ticks with it, unless its parent waits for it: then they are added
//! to those that the parent has from children. Some of them may have been counted before, while the
//! process was there, and must not be counted again.

use std::collections::HashMap;

/// The processor time of a process, in clock ticks.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// When it was started; with its number, this tells it from every other process.
    pub started: u64,
    /// The number of its parent.
    pub parent: i32,
    /// What it used itself.
    pub own: u64,
    /// What its children used that it has waited for, and theirs.
    pub waited: u64,
    /// Is it of the group?
    pub in_group: bool,
}

/// What is known of all processes of the machine, by their numbers.
#[derive(Debug)]
pub struct Account {
    known: HashMap<i32, Known>,
}

/// A process as it was last seen, and how much of its times has been dealt with.
#[derive(Clone, Copy, Debug)]
struct Known {
    times: Times,
    own: u64,
    waited: u64,
}

impl Account {
    /// Begins: nothing that was used by now will be counted.
    pub fn open(now: HashMap<i32, Times>) -> Self {
        let settled = |times: Times| Known { times, own: times.own, waited: times.waited };
        Account { known: now.into_iter().map(|(pid, times)| (pid, settled(times))).collect() }
    }

    /// The ticks of the group that were not counted before.
    pub fn count(&mut self, now: HashMap<i32, Times>) -> u64 {
        let handed_on = self.handed_on(&now);
        let mut used = 0_u64;
        let known = now.into_iter().map(|(pid, times)| {
            let before = self.find(pid, times.started);
            let mut known = Known {
                times,
                own: before.map_or(0, |known| known.own),
                waited: before.map_or(0, |known| known.waited),
            };
            // more than `times.waited` if a child ended between its own look and its parent's
            known.waited = known.waited.saturating_add(*handed_on.get(&pid).unwrap_or(&0));
            if times.in_group {
                used += times.own.saturating_sub(known.own);
                used += times.waited.saturating_sub(known.waited);
                known.own = times.own;
                known.waited = known.waited.max(times.waited);
            }
            (pid, known)
        });
        self.known = known.collect();
        used
    }

    fn find(&self, pid: i32, started: u64) -> Option<&Known> {
        self.known.get(&pid).filter(|known| known.times.started == started)
    }

    /// The ticks of ended processes that were counted, by who has them now if it waited for them.
    fn handed_on(&self, now: &HashMap<i32, Times>) -> HashMap<i32, u64> {
        let lives = |pid: i32, known: &Known| {
            now.get(&pid).is_some_and(|times| times.started == known.times.started)
        };
        let mut handed_on = HashMap::new();
        for (pid, ended) in self.known.iter().filter(|(pid, known)| !lives(**pid, known)) {
            let mut heir = ended.times.parent;
            // the processes were not seen at one moment, so their parents may form a ring
            for _ in 0..self.known.len() {
                match self.known.get(&heir) {
                    Some(known) if !lives(heir, known) && heir != *pid => heir = known.times.parent,
                    _ => break,
                }
            }
            *handed_on.entry(heir).or_insert(0) += ended.own + ended.waited.min(ended.times.waited);
        }
        handed_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process of the group: its number, its parent, its own ticks and those of its children.
    fn member(pid: i32, parent: i32, own: u64, waited: u64) -> (i32, Times) {
        (pid, Times { started: 1, parent, own, waited, in_group: true })
    }

    fn other(pid: i32, parent: i32, own: u64, waited: u64) -> (i32, Times) {
        let (pid, times) = member(pid, parent, own, waited);
        (pid, Times { in_group: false, ..times })
    }

    /// What is counted at each look after the first.
    fn counted<const N: usize>(looks: [&[(i32, Times)]; N]) -> Vec<u64> {
        let mut looks = looks.into_iter().map(|look| look.iter().copied().collect());
        let mut account = Account::open(looks.next().unwrap());
        looks.map(|look| account.count(look)).collect()
    }

    #[test]
    fn what_was_used_before_the_first_look_does_not_count() {
        let looks: [&[_]; 3] = [
            &[member(7, 1, 100, 50)],
            &[member(7, 1, 103, 50), member(8, 7, 4, 0)],
            &[member(7, 1, 103, 50), member(8, 7, 9, 0)],
        ];
        assert_eq!(counted(looks), [7, 5]);
    }

    #[test]
    fn a_child_that_was_waited_for_counts_once() {
        let looks: [&[_]; 4] = [
            &[member(7, 1, 0, 0)],
            &[member(7, 1, 1, 0), member(8, 7, 10, 0), member(9, 8, 20, 0)],
            // 9 used 5 more, 8 used 1 more and waited for it; 7 waited for 8, and for one unseen
            &[member(7, 1, 2, 36 + 3)],
            &[member(7, 1, 2, 39)],
        ];
        assert_eq!(counted(looks), [31, 1 + 5 + 1 + 3, 0]);
    }

    #[test]
    fn a_child_whose_parent_does_not_wait_is_no_debt_of_its() {
        let looks: [&[_]; 3] = [
            &[member(7, 1, 0, 0)],
            &[member(7, 1, 1, 0), member(8, 7, 10, 0)],
            &[member(7, 1, 4, 0)],
        ];
        assert_eq!(counted(looks), [11, 3]);
    }

    #[test]
    fn a_child_that_ends_between_its_own_look_and_its_parents_counts_once() {
        let looks: [&[_]; 4] = [
            &[member(7, 1, 0, 0)],
            &[member(8, 7, 10, 0), member(7, 1, 1, 10)],
            &[member(7, 1, 1, 10)],
            &[member(7, 1, 1, 12 + 10)],
        ];
        // the second look has it twice, and the parent's next ten ticks make up for that
        assert_eq!(counted(looks), [21, 0, 2]);
    }

    #[test]
    fn a_child_outside_the_group_counts_when_it_was_waited_for() {
        let looks: [&[_]; 4] = [
            &[member(7, 1, 0, 0), other(8, 7, 100, 0)],
            &[member(7, 1, 0, 0), other(8, 7, 110, 0)],
            &[member(7, 1, 0, 115)],
            &[member(7, 1, 0, 115)],
        ];
        assert_eq!(counted(looks), [0, 15, 0]);
    }

    #[test]
    fn a_number_that_is_used_again_is_another_process() {
        let again = |own| (8, Times { started: 2, ..member(8, 1, own, 0).1 });
        let looks: [&[_]; 3] = [&[member(8, 1, 50, 0)], &[again(3)], &[again(4)]];
        assert_eq!(counted(looks), [3, 1]);
    }

    #[test]
    fn parents_in_a_ring_do_no_harm() {
        let looks: [&[_]; 2] = [&[member(7, 8, 1, 0), member(8, 9, 1, 0), member(9, 7, 1, 0)], &[]];
        assert_eq!(counted(looks), [0]);
    }
}
