//! Whose request is carried out next, so that one vendor's flood does not make another wait.
//!
//! Requests of one **party** (a vendor, or all who have no credential) may hold as many **places** and **turns** as are left
//! free, and no more: alone it has half of them, and whoever comes next finds room. A request with a place waits for its turn in
//! the order of its own party, and parties take turns.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::oneshot;

/// Places and turns of one instance.
pub(super) struct Turns<P: Eq + Hash + Copy>(Arc<Mutex<State<P>>>);

struct State<P: Eq + Hash + Copy> {
    places: usize,
    turns: usize,
    in_hand: usize,
    working: usize,
    parties: HashMap<P, Party<P>>,
    /// Parties with somebody waiting, the next one first.
    next: VecDeque<P>,
}

struct Party<P: Eq + Hash + Copy> {
    in_hand: usize,
    working: usize,
    waiting: VecDeque<oneshot::Sender<Turn<P>>>,
}

/// A request in hand, until it is dropped.
pub(super) struct Place<P: Eq + Hash + Copy> {
    turns: Turns<P>,
    party: P,
}

/// A request that is carried out, until it is dropped.
pub(super) struct Turn<P: Eq + Hash + Copy> {
    turns: Turns<P>,
    party: P,
}

impl<P: Eq + Hash + Copy> Clone for Turns<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Eq + Hash + Copy> Turns<P> {
    pub(super) fn new(places: usize, turns: usize) -> Self {
        let state = State { places, turns, in_hand: 0, working: 0, parties: HashMap::new(), next: VecDeque::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// A place, unless the party has its share of them already.
    pub(super) fn place(&self, party: P) -> Option<Place<P>> {
        let mut state = self.state();
        let free = state.places.saturating_sub(state.in_hand);
        let own = state.parties.get(&party).map_or(0, |party| party.in_hand);
        if own >= free {
            return None;
        }
        state.in_hand += 1;
        state.party(party).in_hand += 1;
        Some(Place { turns: self.clone(), party })
    }

    fn state(&self) -> MutexGuard<'_, State<P>> {
        self.0.lock().expect("turns")
    }

    /// Give turns to whoever waits for them. Sent without the lock: a turn that nobody takes comes back at once.
    fn pass_on(&self) {
        let mut given = Vec::new();
        let mut state = self.state();
        while let Some((party, waiter)) = state.give() {
            given.push((waiter, Turn { turns: self.clone(), party }));
        }
        drop(state);
        given.into_iter().for_each(|(waiter, turn)| drop(waiter.send(turn)));
    }
}

impl<P: Eq + Hash + Copy> State<P> {
    fn party(&mut self, party: P) -> &mut Party<P> {
        self.parties.entry(party).or_insert_with(|| Party { in_hand: 0, working: 0, waiting: VecDeque::new() })
    }

    fn may_work(&self, party: P) -> bool {
        let own = self.parties.get(&party).map_or(0, |party| party.working);
        own < self.turns.saturating_sub(self.working)
    }

    /// The next waiter whose party may have another turn, which is counted as taken.
    fn give(&mut self) -> Option<(P, oneshot::Sender<Turn<P>>)> {
        for _ in 0..self.next.len() {
            let party = self.next.pop_front()?;
            if !self.may_work(party) {
                self.next.push_back(party);
                continue;
            }
            let waiting = &mut self.party(party).waiting;
            waiting.retain(|waiter| !waiter.is_closed());
            let Some(waiter) = waiting.pop_front() else { continue };
            if !waiting.is_empty() {
                self.next.push_back(party);
            }
            self.working += 1;
            self.party(party).working += 1;
            return Some((party, waiter));
        }
        None
    }

    fn forget_if_gone(&mut self, party: P) {
        if self.parties.get(&party).is_some_and(|party| party.in_hand == 0 && party.working == 0) {
            self.parties.remove(&party);
            self.next.retain(|next| *next != party);
        }
    }
}

impl<P: Eq + Hash + Copy> Place<P> {
    /// Wait for a turn.
    pub(super) async fn turn(&self) -> Turn<P> {
        let (waiter, turn) = oneshot::channel();
        {
            let mut state = self.turns.state();
            let party = state.party(self.party);
            // Those who gave up waiting are not kept.
            if party.waiting.len() >= party.in_hand {
                party.waiting.retain(|waiter| !waiter.is_closed());
            }
            party.waiting.push_back(waiter);
            if !state.next.contains(&self.party) {
                state.next.push_back(self.party);
            }
        }
        self.turns.pass_on();
        match turn.await {
            Ok(turn) => turn,
            // The sender lives as long as the place does.
            Err(_) => std::future::pending().await,
        }
    }
}

impl<P: Eq + Hash + Copy> Drop for Place<P> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.in_hand -= 1;
        state.party(self.party).in_hand -= 1;
        state.forget_if_gone(self.party);
    }
}

impl<P: Eq + Hash + Copy> Drop for Turn<P> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.working -= 1;
        state.party(self.party).working -= 1;
        state.forget_if_gone(self.party);
        drop(state);
        self.turns.pass_on();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    type Waiting<'a> = std::pin::Pin<Box<dyn Future<Output = Turn<&'static str>> + 'a>>;

    fn waiting<'a>(place: &'a Place<&'static str>) -> Waiting<'a> {
        Box::pin(place.turn())
    }

    #[test]
    fn a_party_never_holds_more_places_than_are_free() {
        let turns = Turns::new(8, 8);
        let flood: Vec<_> = std::iter::from_fn(|| turns.place("flood")).collect();
        assert_eq!(flood.len(), 4);
        let second: Vec<_> = std::iter::from_fn(|| turns.place("second")).collect();
        assert_eq!(second.len(), 2);
        assert!(turns.place("third").is_some() && turns.place("flood").is_none());
        drop((flood, second));
        assert_eq!(std::iter::from_fn(|| turns.place("third")).collect::<Vec<_>>().len(), 4);
        assert!(turns.state().parties.is_empty(), "nobody is remembered");
        assert!(Turns::new(1, 1).place("only").is_some());
    }

    #[test]
    fn whoever_floods_waits_for_itself() {
        let turns = Turns::new(100, 4);
        let places: Vec<_> = (0..10).map(|_| turns.place("flood").unwrap()).collect();
        let mut flood: Vec<_> = places.iter().map(waiting).collect();
        let mut working: Vec<_> = flood.iter_mut().filter_map(|turn| turn.now_or_never()).collect();
        assert_eq!(working.len(), 2, "half of the turns");
        let other = turns.place("other").unwrap();
        let turn = waiting(&other).now_or_never().expect("the other does not wait");
        assert!(flood.iter_mut().skip(2).all(|turn| turn.now_or_never().is_none()), "none is free that the flood may have");
        drop(working.pop());
        working.extend(flood.iter_mut().skip(2).filter_map(|turn| turn.now_or_never()));
        assert_eq!(working.len(), 2, "one for one");
        let third = turns.place("third").unwrap();
        assert!(waiting(&third).now_or_never().is_some(), "and nobody else waits for the flood");
        drop((turn, working));
        assert_eq!(flood.iter_mut().skip(3).filter_map(|turn| turn.now_or_never()).count(), 7, "one after the other, since each ends at once");
    }

    #[test]
    fn parties_take_turns_and_each_keeps_its_own_order() {
        let turns = Turns::new(1_000, 1);
        let first = turns.place("a").unwrap();
        let held = waiting(&first).now_or_never().expect("free");
        let places: Vec<_> = ["a", "a", "a", "b", "c", "b"].into_iter().map(|party| turns.place(party).unwrap()).collect();
        let mut queue: Vec<_> = places.iter().map(waiting).collect();
        assert!(queue.iter_mut().all(|turn| turn.now_or_never().is_none()));
        let mut order = Vec::new();
        let mut held = Some(held);
        while let Some(turn) = held.take() {
            drop(turn);
            for (at, turn) in queue.iter_mut().enumerate() {
                if order.contains(&at) {
                    continue;
                }
                if let Some(turn) = turn.now_or_never() {
                    order.push(at);
                    held = Some(turn);
                    break;
                }
            }
        }
        assert_eq!(order, [0, 3, 4, 1, 5, 2]);
    }

    #[test]
    fn a_turn_that_nobody_waits_for_any_more_is_not_lost() {
        let turns = Turns::new(100, 1);
        let (first, gone, next) = (turns.place("a").unwrap(), turns.place("b").unwrap(), turns.place("c").unwrap());
        let held = waiting(&first).now_or_never().expect("free");
        let mut leaves = waiting(&gone);
        let mut stays = waiting(&next);
        assert!((&mut leaves).now_or_never().is_none() && (&mut stays).now_or_never().is_none());
        drop(leaves);
        drop(held);
        assert!(stays.now_or_never().is_some());
    }
}
