//! The inner loops allocate nothing for a line: with ten times as many lines there are no
//! more allocations.

#[path = "../benches/loops/mod.rs"]
mod loops;

#[test]
fn no_loop_allocates_for_a_line() {
    for (name, new) in loops::LOOPS {
        // more than there are keys
        let [few, many] = [10_000, 100_000].map(|lines| {
            let mut run = new(lines);
            // each key once, each buffer at its size
            run();
            allocation_counter::measure(|| _ = run()).count_total
        });
        assert_eq!(few, many, "{name}");
    }
}

#[test]
fn an_allocation_for_a_line_would_be_seen() {
    let allocations = |lines: usize| {
        allocation_counter::measure(|| (0..lines).for_each(|line| drop(vec![0_u8; line + 1])))
    };
    assert_eq!(allocations(100).count_total, 100);
}
