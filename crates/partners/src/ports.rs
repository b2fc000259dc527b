//! What this crate asks of others: what a partner that leaves has elsewhere, and to hand it over.
//!
//! Whoever keeps something that belongs to partners brings a [`Leaving`]; `server/adapters.rs` gives them all. Handing over is done in steps,
//! each in a transaction of its own that also keeps how far it has come: so any number of rows may be handed over, and an instance may die meanwhile.

use futures::future::BoxFuture;
use kernel::id::PartnerId;
use kernel::{Money, Problem, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where the open deals of a partner go that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerDealsGo {
    /// Released: their customers are free, and offered to whoever waited.
    Release,
    /// To the successor, with their protection.
    ToSuccessor,
    /// They stay as they are, and the partner's channel manager is asked for each.
    ToManager,
}

/// How what a partner has is handed over.
#[derive(Debug, Clone)]
pub struct Handing {
    /// Who leaves.
    pub partner: PartnerId,
    /// Who takes its deals over, if somebody does.
    pub successor: Option<PartnerId>,
    /// Where its open deals go.
    pub deals: PartnerDealsGo,
    /// Until when what must be kept is kept.
    pub retain_until: chrono::DateTime<chrono::Utc>,
}

/// Something that could not be handed over and stays for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "code": "deal.disputed", "detail": "The deal is disputed."}))]
pub struct PartnerLeftover {
    /// Its id.
    pub id: String,
    /// Why, as a stable code.
    pub code: String,
    /// Why, in a sentence.
    pub detail: String,
}

/// What a step has done.
#[derive(Debug, Default)]
pub struct Handed {
    /// How many were handed over.
    pub done: i64,
    /// What could not be.
    pub left: Vec<PartnerLeftover>,
    /// The last that was looked at, if there may be more.
    pub next: Option<Uuid>,
}

impl Handed {
    /// Count what became of one; a failure of ours ends the step, so that it is tried again.
    pub fn count(&mut self, id: &str, outcome: Result<(), Problem>) -> Result<(), Problem> {
        match outcome {
            Ok(()) => self.done += 1,
            Err(problem) if problem.kind.status < 500 => {
                let detail = problem.detail.unwrap_or_else(|| problem.kind.title.to_owned());
                self.left.push(PartnerLeftover { id: id.to_owned(), code: problem.kind.code.to_owned(), detail });
            }
            Err(problem) => return Err(problem),
        }
        Ok(())
    }
}

/// Money that is open between the vendor and the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"source": "referral_rewards", "count": 3, "amount": {"amount": 150000, "currency": "EUR"}}))]
pub struct PartnerOpenMoney {
    /// What it comes from: `referral_rewards`. More may come.
    pub source: String,
    /// How many entries there are.
    pub count: i64,
    /// What they come to; below zero, the partner owes it.
    pub amount: Money,
}

/// A domain that keeps something of partners.
pub trait Leaving: Send + Sync {
    /// Names the part for good: `deals`.
    fn part(&self) -> &'static str;

    /// How much there is to hand over.
    fn count<'a>(&'a self, tx: &'a Tx, partner: PartnerId) -> BoxFuture<'a, Result<i64, Problem>>;

    /// Hand over some of it, by id after `after`.
    fn step<'a>(&'a self, tx: &'a mut Tx, handing: &'a Handing, after: Uuid) -> BoxFuture<'a, Result<Handed, Problem>>;

    /// What is open between the two in money.
    fn owed<'a>(&'a self, tx: &'a Tx, partner: PartnerId) -> BoxFuture<'a, Result<Vec<PartnerOpenMoney>, Problem>> {
        let _ = (tx, partner);
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The domains that keep something of partners, in the order in which it is handed over.
pub struct LeavingPort(pub Vec<Box<dyn Leaving>>);
