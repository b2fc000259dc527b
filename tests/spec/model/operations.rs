//! What may happen in a sequence, legal or not, and how often.

use proptest::prelude::*;

/// Partners in a sequence.
pub const PARTNERS: usize = 3;
/// Companies that are sold to; the last is the first, spelt otherwise.
pub const CUSTOMERS: [&str; 3] = ["Vandermeulen Optics", "Kelzorin Freight", "Vandermeullen Optics"];

/// One thing that somebody does, or that time does. Numbers count what there is by then, round and round.
#[derive(Debug, Clone)]
pub enum Op {
    /// A partner registers a deal.
    Register { by: usize, customer: usize, large: bool, draft: bool, short: bool },
    /// A partner asks what that would come to.
    Check { by: usize, customer: usize },
    /// Something is done with a deal.
    Deal { at: usize, what: DealOp, by: By },
    /// The vendor captures a lead.
    Capture { customer: usize, hold: bool },
    /// Something is done with a lead.
    Lead { at: usize, what: LeadOp, by: By },
    /// The partner of a deal disputes it.
    Open { deal: usize },
    /// Something is done with a dispute.
    Dispute { at: usize, what: DisputeOp, by: By },
    /// Time passes, and what falls due happens.
    Pass { hours: i64 },
    /// Time passes, and nobody has noticed yet.
    Skip { hours: i64 },
    /// Everything happens that follows from what was done.
    Settle,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever may: the partner whose it is, or the vendor.
    Rightful,
    /// A partner of this number, whether it may or not.
    Partner(usize),
    /// The vendor, whether it may or not.
    Vendor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealOp {
    Submit,
    Approve,
    Reject,
    Ask,
    Resubmit,
    Withdraw,
    Extend,
    Win,
    Lose,
    Record,
    Watch,
    Unwatch,
    Rename { customer: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadOp {
    Qualify,
    Distribute,
    Assign { partner: usize },
    Accept,
    Decline,
    Advance,
    Convert,
    Close,
    Recall,
    Disqualify,
    Reopen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeOp {
    State { party: usize },
    Ask { party: usize },
    Begin,
    Stand,
    Move { to: usize },
    Split,
    Appeal { party: usize },
    Propose { party: usize, split: bool },
    Agree { party: usize },
    Withdraw,
}

/// Ways through every status, so that none is reached by luck alone.
pub fn tours() -> [Vec<Op>; 3] {
    use DealOp::{Ask, Lose, Reject, Resubmit, Submit, Win, Withdraw};
    use LeadOp::{Accept, Advance, Close, Convert, Decline, Disqualify, Distribute, Qualify};
    let registers = |by: usize, customer: usize| Op::Register { by, customer, large: false, draft: false, short: false };
    let deal = |at: usize, what: DealOp| Op::Deal { at, what, by: By::Rightful };
    let lead = |at: usize, what: LeadOp| Op::Lead { at, what, by: By::Rightful };
    let dispute = |at: usize, what: DisputeOp| Op::Dispute { at, what, by: By::Rightful };
    let (days, party) = (|count: i64| Op::Pass { hours: 24 * count }, |party: usize| DisputeOp::State { party });
    let deals = vec![
        Op::Register { by: 0, customer: 1, large: false, draft: true, short: false },
        deal(0, Submit),
        deal(0, Win),
        Op::Register { by: 0, customer: 1, large: true, draft: false, short: false },
        deal(1, Ask),
        deal(1, Resubmit),
        deal(1, Reject),
        registers(1, 1),
        deal(2, Lose),
        registers(1, 1),
        deal(3, Withdraw),
        Op::Register { by: 2, customer: 0, large: false, draft: false, short: true },
        days(21),
        registers(2, 0),
        days(31),
        days(31),
    ];
    let leads = vec![
        Op::Capture { customer: 0, hold: false },
        lead(0, Accept),
        lead(0, Advance),
        lead(0, Convert),
        deal(0, Win),
        Op::Settle,
        Op::Capture { customer: 1, hold: true },
        lead(1, Qualify),
        lead(1, Distribute),
        lead(1, Accept),
        lead(1, Close),
        Op::Capture { customer: 1, hold: true },
        lead(2, Distribute),
        lead(2, Decline),
        lead(2, Decline),
        lead(2, Decline),
        lead(2, Disqualify),
    ];
    let disputes = vec![
        registers(0, 0),
        Op::Settle,
        registers(1, 0),
        Op::Open { deal: 1 },
        dispute(0, party(0)),
        dispute(0, party(1)),
        dispute(0, DisputeOp::Begin),
        dispute(0, DisputeOp::Stand),
        dispute(0, DisputeOp::Appeal { party: 0 }),
        dispute(0, DisputeOp::Move { to: 0 }),
        registers(2, 0),
        Op::Open { deal: 2 },
        dispute(1, DisputeOp::Withdraw),
        Op::Open { deal: 2 },
        dispute(2, DisputeOp::Propose { party: 0, split: true }),
        dispute(2, DisputeOp::Agree { party: 1 }),
    ];
    [deals, leads, disputes]
}

/// A whole sequence.
pub fn sequences() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 6..26)
}

fn op() -> impl Strategy<Value = Op> {
    let flag = |often: u32| prop::bool::weighted(f64::from(often) / 10.0);
    let hours = prop::sample::select(vec![1_i64, 13, 50, 24 * 6, 24 * 11, 24 * 23, 24 * 31, 24 * 91]);
    prop_oneof![
        8 => (0..PARTNERS, customer(), flag(2), flag(1), flag(3)).prop_map(|(by, customer, large, draft, short)| Op::Register { by, customer, large, draft, short }),
        1 => (0..PARTNERS, customer()).prop_map(|(by, customer)| Op::Check { by, customer }),
        12 => (0..8_usize, deal_op(), by()).prop_map(|(at, what, by)| Op::Deal { at, what, by }),
        3 => (customer(), flag(2)).prop_map(|(customer, hold)| Op::Capture { customer, hold }),
        9 => (0..3_usize, lead_op(), by()).prop_map(|(at, what, by)| Op::Lead { at, what, by }),
        3 => (0..8_usize).prop_map(|deal| Op::Open { deal }),
        9 => (0..2_usize, dispute_op(), by()).prop_map(|(at, what, by)| Op::Dispute { at, what, by }),
        4 => hours.clone().prop_map(|hours| Op::Pass { hours }),
        1 => hours.prop_map(|hours| Op::Skip { hours }),
        3 => Just(Op::Settle),
    ]
}

/// The first most often, so that partners meet.
fn customer() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0_usize), 2 => Just(1), 1 => Just(2)]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![12 => Just(By::Rightful), 2 => (0..PARTNERS).prop_map(By::Partner), 1 => Just(By::Vendor)]
}

fn deal_op() -> impl Strategy<Value = DealOp> {
    use DealOp::*;
    prop_oneof![
        1 => Just(Submit), 2 => Just(Approve), 2 => Just(Reject), 2 => Just(Ask), 3 => Just(Resubmit), 2 => Just(Withdraw),
        1 => Just(Extend), 1 => Just(Win), 1 => Just(Lose), 1 => Just(Record), 2 => Just(Watch), 1 => Just(Unwatch),
        1 => (0..CUSTOMERS.len()).prop_map(|customer| Rename { customer }),
    ]
}

fn lead_op() -> impl Strategy<Value = LeadOp> {
    use LeadOp::*;
    prop_oneof![
        1 => Just(Qualify), 2 => Just(Distribute), 1 => (0..PARTNERS).prop_map(|partner| Assign { partner }), 6 => Just(Accept),
        2 => Just(Decline), 2 => Just(Advance), 4 => Just(Convert), 1 => Just(Close), 1 => Just(Recall), 1 => Just(Disqualify), 1 => Just(Reopen),
    ]
}

fn dispute_op() -> impl Strategy<Value = DisputeOp> {
    use DisputeOp::*;
    let party = || 0..2_usize;
    prop_oneof![
        4 => party().prop_map(|party| State { party }), 1 => party().prop_map(|party| Ask { party }), 4 => Just(Begin), 2 => Just(Stand),
        3 => party().prop_map(|to| Move { to }), 3 => Just(Split), 2 => party().prop_map(|party| Appeal { party }),
        2 => (party(), any::<bool>()).prop_map(|(party, split)| Propose { party, split }), 2 => party().prop_map(|party| Agree { party }),
        1 => Just(Withdraw),
    ]
}
