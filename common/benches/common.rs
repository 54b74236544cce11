//! Times the inner loops of `common`, and counts what they allocate: `cargo bench -p common`.
//! Every sample is a million lines.

use divan::AllocProfiler;

mod loops;

const LINES: usize = 1_000_000;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench(args = loops::LOOPS.map(|(name, _)| name), sample_count = 10, sample_size = 1)]
fn million_lines(bencher: divan::Bencher, name: &str) {
    let Some((_, new)) = loops::LOOPS.iter().find(|(other, _)| *other == name) else { return };
    let mut run = new(LINES);
    // what is allocated once is not counted
    run();
    bencher.counter(divan::counter::ItemsCount::new(LINES)).bench_local(run);
}
