//! From event to event: what a deal is now, and what has happened to it. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

/// What is needed of a deal in an event about it.
#[derive(Debug, Clone, Deserialize)]
pub struct Told {
    /// The deal as it then was.
    pub deal: ToldDeal,
}

/// What is needed of a deal.
#[derive(Debug, Clone, Deserialize)]
pub struct ToldDeal {
    /// Its id on the wire.
    pub id: String,
    /// Its partner.
    pub partner_id: kernel::id::PartnerId,
    /// What kind of sale it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it stands.
    pub status: String,
    /// What it is worth.
    pub amount: kernel::Money,
    /// When the sale is expected.
    pub expected_close: NaiveDate,
    /// The stage in the vendor's CRM.
    pub stage: Option<String>,
}

/// The last that is known of a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Where it stands.
    pub status: String,
    /// Where it is counted while it is open.
    pub cell: Cell,
    /// What it is worth, in minor units.
    pub amount: i64,
    /// Since when it has waited for a person's decision; kept while a question is open.
    pub waiting_since: Option<DateTime<Utc>>,
    /// When it was last approved.
    pub approved_at: Option<DateTime<Utc>>,
}

/// What open deals are summed by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The partner.
    pub partner: kernel::id::PartnerId,
    /// What kind of sale.
    pub kind: String,
    /// Where it stands.
    pub status: String,
    /// The stage in the vendor's CRM; empty without one.
    pub stage: String,
    /// The month in which the sale is expected, `2026-11`.
    pub month: String,
    /// ISO 4217.
    pub currency: String,
}

/// What happened, to be added to the tallies of a partner and month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Handed in for the first time.
    pub submitted: i64,
    /// Decided.
    pub decided: i64,
    /// Of these, by the rules at once.
    pub automatic: i64,
    /// From handing in to the decision, together.
    pub decision_seconds: i64,
    /// Approved.
    pub approved: i64,
    /// Rejected.
    pub rejected: i64,
    /// Run out, or released for want of progress.
    pub expired: i64,
    /// Taken back.
    pub withdrawn: i64,
    /// Lost.
    pub lost: i64,
    /// Won.
    pub won: i64,
    /// What these are worth, in minor units.
    pub won_amount: i64,
    /// From approval to the sale, together.
    pub won_seconds: i64,
}

impl Fact {
    /// Whether it is part of the pipeline: handed in and not ended.
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "in_review" | "information_requested" | "approved")
    }
}

fn waits(status: &str) -> bool {
    matches!(status, "in_review" | "information_requested")
}

/// What is known after an event, and what happened by it.
pub fn next(before: Option<&Fact>, told: &ToldDeal, at: DateTime<Utc>) -> (Fact, Tally) {
    let was = before.map_or("draft", |fact| fact.status.as_str());
    let moved = was != told.status;
    let since = before.and_then(|fact| fact.waiting_since);
    let mut tally = Tally::default();
    if moved && was == "draft" && told.status != "withdrawn" {
        tally.submitted = 1;
    }
    let approved_at = if moved && told.status == "approved" { Some(at) } else { before.and_then(|fact| fact.approved_at) };
    if moved {
        happened(&mut tally, told, since, approved_at, at);
    }
    let cell = Cell {
        partner: told.partner_id,
        kind: told.kind.clone(),
        status: told.status.clone(),
        stage: told.stage.clone().unwrap_or_default(),
        month: told.expected_close.format("%Y-%m").to_string(),
        currency: told.amount.currency.code().to_owned(),
    };
    let waiting_since = waits(&told.status).then(|| since.unwrap_or(at));
    (Fact { status: told.status.clone(), cell, amount: told.amount.amount, waiting_since, approved_at }, tally)
}

fn happened(tally: &mut Tally, told: &ToldDeal, since: Option<DateTime<Utc>>, approved_at: Option<DateTime<Utc>>, at: DateTime<Utc>) {
    match told.status.as_str() {
        "approved" | "rejected" => {
            (tally.decided, tally.automatic) = (1, i64::from(since.is_none()));
            tally.decision_seconds = since.map_or(0, |since| seconds(since, at));
            (tally.approved, tally.rejected) = if told.status == "approved" { (1, 0) } else { (0, 1) };
        }
        "won" => {
            (tally.won, tally.won_amount) = (1, told.amount.amount);
            tally.won_seconds = approved_at.map_or(0, |approved| seconds(approved, at));
        }
        "lost" => tally.lost = 1,
        "expired" | "released" => tally.expired = 1,
        "withdrawn" => tally.withdrawn = 1,
        _ => {}
    }
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    (to - from).num_seconds().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(status: &str) -> ToldDeal {
        serde_json::from_value(json!({
            "id": "deal_1", "partner_id": kernel::id::PartnerId::fresh(), "type": "resale", "status": status,
            "amount": {"amount": 100, "currency": "EUR"}, "expected_close": "2027-03-31"
        }))
        .unwrap()
    }

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-11-20T{hour:02}:00:00Z").parse().unwrap()
    }

    #[test]
    fn what_the_rules_decide_at_once_took_no_time() {
        let (fact, tally) = next(None, &told("approved"), at(9));
        assert_eq!(tally, Tally { submitted: 1, decided: 1, automatic: 1, approved: 1, ..Tally::default() });
        assert!(fact.is_open() && fact.approved_at == Some(at(9)));
    }

    #[test]
    fn a_review_takes_from_its_beginning_to_the_decision_with_its_questions() {
        let (waiting, first) = next(None, &told("in_review"), at(9));
        assert_eq!(first, Tally { submitted: 1, ..Tally::default() });
        let (asked, nothing) = next(Some(&waiting), &told("information_requested"), at(10));
        assert_eq!((nothing, asked.waiting_since), (Tally::default(), Some(at(9))));
        let (_, decided) = next(Some(&asked), &told("rejected"), at(12));
        assert_eq!(decided, Tally { decided: 1, decision_seconds: 3 * 3_600, rejected: 1, ..Tally::default() });
    }

    #[test]
    fn a_sale_counts_once_and_from_its_approval() {
        let (approved, _) = next(None, &told("approved"), at(9));
        let (won, tally) = next(Some(&approved), &told("won"), at(11));
        assert_eq!(tally, Tally { won: 1, won_amount: 100, won_seconds: 2 * 3_600, ..Tally::default() });
        assert!(!won.is_open());
        assert_eq!(next(Some(&won), &told("won"), at(12)).1, Tally::default());
        let (released, tally) = next(Some(&approved), &told("released"), at(11));
        assert_eq!((tally, released.is_open()), (Tally { expired: 1, ..Tally::default() }, false));
    }

    #[test]
    fn a_draft_is_nothing_yet() {
        let (draft, tally) = next(None, &told("draft"), at(9));
        assert_eq!((tally, draft.is_open()), (Tally::default(), false));
        assert_eq!(next(Some(&draft), &told("withdrawn"), at(10)).1, Tally { withdrawn: 1, ..Tally::default() });
        assert_eq!(next(Some(&draft), &told("approved"), at(10)).1.submitted, 1);
    }
}
