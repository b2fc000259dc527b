//! Whose turn it is: pure.

use super::queues::Dealing;
use kernel::id::PersonId;

/// A member of a queue who could take a piece of work, as things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Able {
    /// Who.
    pub person: PersonId,
    /// Their place in the queue's list.
    pub place: i64,
    /// The queue's count when they last got something; 0 if they never did.
    pub turn: i64,
    /// What they have already.
    pub load: i64,
}

/// Who of the able gets the next piece of work; `None` where people take it themselves, or nobody is able.
///
/// In turn it goes to whoever has waited longest for some; by load, to whoever has least, and of several who have as little, to whoever has waited
/// longest. Nobody is passed over for having been away: they come first then, once.
pub fn choose(dealing: Dealing, able: &[Able]) -> Option<&Able> {
    match dealing {
        Dealing::Pull => None,
        Dealing::RoundRobin => able.iter().min_by_key(|one| (one.turn, one.place)),
        Dealing::LeastLoaded => able.iter().min_by_key(|one| (one.load, one.turn, one.place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn members(count: usize) -> Vec<Able> {
        (0..count).map(|place| Able { person: PersonId::fresh(), place: place as i64, turn: 0, load: 0 }).collect()
    }

    fn deal(dealing: Dealing, members: &mut [Able], turn: i64, away: Option<usize>) -> Option<PersonId> {
        let able: Vec<_> = members.iter().enumerate().filter(|(at, _)| Some(*at) != away).map(|(_, one)| one.clone()).collect();
        let chosen = choose(dealing, &able)?.person;
        let member = members.iter_mut().find(|one| one.person == chosen)?;
        (member.turn, member.load) = (turn, member.load + 1);
        Some(chosen)
    }

    #[test]
    fn nothing_is_dealt_out_where_people_take_it() {
        assert_eq!(choose(Dealing::Pull, &members(3)), None);
        assert_eq!(choose(Dealing::RoundRobin, &[]), None);
    }

    proptest! {
        #[test]
        fn turns_are_even_and_nobody_gets_two_in_a_row(count in 2_usize..8, rounds in 1_i64..60) {
            let mut members = members(count);
            let mut last = None;
            for turn in 1..=rounds {
                let now = deal(Dealing::RoundRobin, &mut members, turn, None);
                prop_assert_ne!(now, last);
                last = now;
            }
            let (most, least) = (members.iter().map(|one| one.load).max().unwrap(), members.iter().map(|one| one.load).min().unwrap());
            prop_assert!(most - least <= 1);
        }

        #[test]
        fn loads_stay_within_one_of_each_other(count in 1_usize..8, rounds in 1_i64..60) {
            let mut members = members(count);
            for turn in 1..=rounds {
                deal(Dealing::LeastLoaded, &mut members, turn, None);
            }
            let (most, least) = (members.iter().map(|one| one.load).max().unwrap(), members.iter().map(|one| one.load).min().unwrap());
            prop_assert!(most - least <= 1);
        }

        #[test]
        fn whoever_comes_back_is_next_once(count in 2_usize..6, away in 1_i64..20) {
            let mut members = members(count);
            for turn in 1..=away {
                deal(Dealing::RoundRobin, &mut members, turn, Some(0));
            }
            let back = members[0].person;
            prop_assert_eq!(deal(Dealing::RoundRobin, &mut members, away + 1, None), Some(back));
            prop_assert_ne!(deal(Dealing::RoundRobin, &mut members, away + 2, None), Some(back));
        }
    }
}
