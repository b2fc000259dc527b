//! Random sequences of what partners, the vendor and time do to deals, leads and disputes, held against a small reference model.
//!
//! [`operations`] is what may happen, [`reference`] what may come of it, [`table`] the published moves. [`drive`] carries a sequence out over HTTP;
//! [`world`] follows the log beside it and keeps the reference by what is told; [`ending`] is what must hold at the end. All along: what is refused
//! changes nothing, every change told is a legal one of what was touched, no two partners are protected for one customer, the log has no gap, and
//! nothing that a partner's people read names a rival.
//!
//! The same seed gives the same sequences: `PRM_MODEL_SEED=7 PRM_MODEL_SEQUENCES=2000 cargo test --workspace --test spec -- model::`. A sequence that
//! fails is made as short as it goes, and printed with its seed; with `PRM_MODEL_ALL=1` all that fail are printed instead, as they are.

mod drive;
mod ending;
mod operations;
mod reference;
mod table;
mod world;

use crate::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use world::{Reached, Scene, Wrong};

/// Sequences on SQLite and on Postgres, unless it is said how many: as many as take well under a minute.
const SEQUENCES: (u32, u32) = (40, 8);
/// The seed, unless another is said.
const SEED: u64 = 4;
/// Sequences that share one database; then another begins.
const TOGETHER: usize = 20;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// One sequence from its beginning to its end, and what it reached.
async fn sequence(world: &World, ops: &[operations::Op], reached: &RefCell<Reached>) -> Wrong {
    let mut scene = Scene::new(world).await;
    let mut done = Ok(());
    for (at, op) in ops.iter().enumerate() {
        done = scene.takes(op).await.map_err(|wrong| format!("step {at}, {op:?}: {wrong}"));
        if done.is_err() {
            break;
        }
    }
    if done.is_ok() {
        done = scene.ends().await.map_err(|wrong| format!("at the end: {wrong}"));
    }
    reached.borrow_mut().append(&mut scene.reached);
    done
}

/// Run as many sequences as were asked for; everything that they reached.
async fn run(first: &World, sequences: u32) -> Reached {
    let seed = asked("PRM_MODEL_SEED").unwrap_or(SEED);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: sequences, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let (reached, count, failed) = (RefCell::new(Reached::new()), RefCell::new((first.clone(), 0)), RefCell::new(Vec::new()));
    for tour in operations::tours() {
        sequence(first, &tour, &reached).await.unwrap_or_else(|wrong| panic!("{wrong}"));
    }
    let here = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&operations::sequences(), |ops| {
            here.block_on(async {
                let (world, at) = count.borrow().clone();
                let world = if at % TOGETHER == TOGETHER - 1 {
                    println!("{at} sequences on {:?}", first.on);
                    World::new(first.on, Default::default()).await.expect("another database")
                } else {
                    world
                };
                *count.borrow_mut() = (world.clone(), at + 1);
                let outcome = sequence(&world, &ops, &reached).await;
                if let Err(why) = &outcome {
                    println!("the sequence after {at} fails, and is made shorter: {why}");
                }
                match outcome {
                    Err(why) if asked("PRM_MODEL_ALL").is_some() => {
                        failed.borrow_mut().push(format!("{ops:#?}\n{why}"));
                        Ok(())
                    }
                    outcome => outcome.map_err(TestCaseError::fail),
                }
            })
        })
    });
    let failed = failed.into_inner();
    assert!(failed.is_empty(), "seed {seed}: {} sequences fail\n{}", failed.len(), failed.join("\n\n"));
    match outcome {
        Ok(()) => reached.into_inner(),
        Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
        Err(TestError::Fail(why, ops)) => {
            let ops: Vec<_> = ops.iter().map(|op| format!("  {op:?}")).collect();
            panic!("seed {seed}, after {} sequences:\n{}\n{why}", count.borrow().1, ops.join("\n"));
        }
    }
}

spec! {
    async fn whatever_happens_everything_stays_as_it_must_be(world) {
        let (sqlite, postgres) = SEQUENCES;
        let usual = if world.on == On::Sqlite { sqlite } else { postgres };
        let sequences = asked("PRM_MODEL_SEQUENCES").map_or(usual, |count| u32::try_from(count).expect("fewer"));
        let reached = run(world, sequences).await;
        for (what, table) in [("deal", table::DEALS), ("lead", table::LEADS), ("dispute", table::DISPUTES)] {
            let missing: Vec<_> = table.iter().filter(|(status, _)| !status.is_empty() && !reached.contains(&format!("{what} {status}"))).collect();
            assert!(missing.is_empty(), "no {what} was ever {missing:?}");
            let moves = table.iter().flat_map(|(from, next)| next.iter().map(move |to| format!("{what} {from} -> {to}")));
            let never: Vec<_> = moves.filter(|of| !reached.contains(of)).collect();
            println!("moves never made by {sequences} sequences: {never:?}");
        }
    }
}
