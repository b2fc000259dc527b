//! Whose turn it is among near equals: smooth weighted round robin.
//!
//! The algorithm is nginx's (I. Sysoev, commit 52327e0627f4, 2012: "Upstream: smooth weighted round-robin balancing"): at each turn
//! everybody in the pool gains its weight's part of the turn, whoever has gained most is chosen and pays the whole turn. For a fixed pool,
//! everybody has had exactly its weight after as many turns as the weights add up to, and no long runs of one. Here pools differ from lead to
//! lead; the credit stays with the partner, so it is at any time *what was its due less what it got*, over all the leads that it was equally
//! good for. A partner gains nothing by leads it could not have had, and a newcomer starts even: no burst, no wait. Whole numbers, ties by
//! score and then by id, so the same history gives the same choice on every machine.

/// One turn, in the millionths that credits are counted in.
pub const TURN: i64 = 1_000_000;
/// The most partners that one turn is shared among: those furthest behind of the near equals.
pub const MOST: usize = 100;

/// Somebody in the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What it may expect, against the others.
    pub weight: i64,
    /// What it is owed.
    pub credit: i64,
    /// Its part of this turn; set by [`turn`].
    pub part: i64,
}

/// Share a turn out and choose: the place of whoever gets it; of equals, the first. `None` of an empty pool.
pub fn turn(pool: &mut [Share]) -> Option<usize> {
    let total: i64 = pool.iter().map(|share| share.weight.max(1)).sum();
    let mut given = 0;
    for share in pool.iter_mut() {
        share.part = TURN * share.weight.max(1) / total;
        share.credit += share.part;
        given += share.part;
    }
    // The first of those with the most credit.
    let chosen = (0..pool.len()).reduce(|best, at| if pool[at].credit > pool[best].credit { at } else { best })?;
    // What was given is what is paid: the sum of all credits never drifts.
    pool[chosen].credit -= given;
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fresh(weights: &[i64]) -> Vec<Share> {
        weights.iter().map(|weight| Share { weight: *weight, credit: 0, part: 0 }).collect()
    }

    #[test]
    fn a_heavy_one_does_not_get_its_turns_in_a_row() {
        let mut pool = fresh(&[5, 1, 1]);
        let turns: Vec<_> = (0..7).filter_map(|_| turn(&mut pool)).collect();
        assert_eq!(turns, [0, 0, 1, 0, 2, 0, 0], "nginx's own example");
    }

    proptest! {
        #[test]
        fn over_a_thousand_leads_everybody_gets_its_weight_within_five_percent(weights in proptest::collection::vec(1..10_i64, 1..20)) {
            let (mut pool, mut got) = (fresh(&weights), vec![0_i64; weights.len()]);
            for _ in 0..1_000 {
                got[turn(&mut pool).unwrap()] += 1;
            }
            let total: i64 = weights.iter().sum();
            for (weight, got) in weights.iter().zip(got) {
                let due = 1_000.0 * *weight as f64 / total as f64;
                prop_assert!((got as f64 - due).abs() <= (due * 0.05).max(1.0), "{got} of {due}");
            }
        }

        #[test]
        fn with_pools_that_change_nobody_falls_behind(weights in proptest::collection::vec(1..6_i64, 2..12), seeds in proptest::collection::vec(any::<u16>(), 1_000)) {
            let mut credits = vec![0_i64; weights.len()];
            let (mut due, mut got) = (vec![0_i64; weights.len()], vec![0_i64; weights.len()]);
            for seed in seeds {
                let members: Vec<_> = (0..weights.len()).filter(|at| seed >> at & 1 == 1).collect();
                let mut pool: Vec<_> = members.iter().map(|at| Share { weight: weights[*at], credit: credits[*at], part: 0 }).collect();
                let Some(chosen) = turn(&mut pool) else { continue };
                for (at, share) in members.iter().zip(&pool) {
                    credits[*at] = share.credit;
                    due[*at] += share.part;
                }
                got[members[chosen]] += pool.iter().map(|share| share.part).sum::<i64>();
            }
            prop_assert_eq!(credits.iter().sum::<i64>(), 0, "what one gains another pays");
            for at in 0..weights.len() {
                prop_assert_eq!(credits[at], due[at] - got[at], "a credit is what is due less what was had");
                let bound = (TURN * weights.len() as i64).max(due[at] / 20);
                prop_assert!(credits[at].abs() <= bound, "{} turns off", credits[at] as f64 / TURN as f64);
            }
        }
    }
}
