//! Carries operations out over HTTP, and says what the reference expects of each.

use super::operations::{By, CUSTOMERS, DealOp, DisputeOp, LeadOp, Op};
use super::reference::Expected;
use super::world::{Caller, Cause, Scene, Wrong, contact, secret};
use crate::prelude::*;

impl Scene<'_> {
    /// Carry out one operation; one about something that is not there does nothing.
    pub async fn takes(&mut self, op: &Op) -> Wrong {
        match op {
            Op::Register { by, customer, large, draft, short } => self.registers(*by, *customer, *large, *draft, *short).await,
            Op::Check { by, customer } => self.checks(*by, *customer).await,
            Op::Deal { at, what, by } => self.deal_op(*at, *what, *by).await,
            Op::Capture { customer, hold } => self.captures(*customer, *hold).await,
            Op::Lead { at, what, by } => self.lead_op(*at, *what, *by).await,
            Op::Open { deal } => self.opens(*deal).await,
            Op::Dispute { at, what, by } => self.dispute_op(*at, *what, *by).await,
            Op::Pass { hours } => {
                self.skip(*hours);
                self.settles().await
            }
            Op::Skip { hours } => {
                self.skip(*hours);
                Ok(())
            }
            Op::Settle => self.settles().await,
        }
    }

    /// Everything happens that is due.
    pub async fn settles(&mut self) -> Wrong {
        self.world.settle().await;
        self.follow(&Cause { time: true, ..Cause::default() }).await
    }

    async fn registers(&mut self, by: usize, customer: usize, large: bool, draft: bool, short: bool) -> Wrong {
        let body = with(registration(by, customer, large), json!({ "draft": draft, "type": if short { "service" } else { "resale" } }));
        let decision = if draft { vec!["draft"] } else { self.model.decision(by, customer, large, None, self.now()) };
        let call = self.client(Caller::Partner(by)).await.post("/v1/deals", body);
        let cause = Cause { makes: true, ..Cause::default() };
        self.carry_out(Caller::Partner(by), call, &Expected::taken(&decision), cause).await.map(|_| ())
    }

    async fn checks(&mut self, by: usize, customer: usize) -> Wrong {
        let expected = self.model.decision(by, customer, false, None, self.now());
        let answer = self.client(Caller::Partner(by)).await.checks(registration(by, customer, false)).await;
        self.overhears(by, &answer)?;
        let status = answer["status"].as_str().unwrap_or_default();
        if expected.contains(&status) { Ok(()) } else { Err(format!("it would be {status}, and should be one of {expected:?}\n{answer}")) }
    }

    async fn deal_op(&mut self, at: usize, what: DealOp, by: By) -> Wrong {
        let Some(deal) = pick(&self.model.deals, at) else { return Ok(()) };
        let partners = !matches!(what, DealOp::Approve | DealOp::Reject | DealOp::Ask | DealOp::Win | DealOp::Lose);
        let caller = caller(by, partners, deal.partner);
        let expected = match caller {
            Caller::Partner(at) if at != deal.partner || !partners => Expected::refused(),
            _ => self.model.deal(&deal, what, self.now()),
        };
        let path = format!("/v1/deals/{}", deal.id);
        let client = self.client(caller).await;
        let note = json!({ "reason": said(caller) });
        let act = |action: &str, body: Value| client.post(format!("{path}/{action}"), body);
        let call = match what {
            DealOp::Submit => act("submit", note),
            DealOp::Approve => act("approve", note),
            DealOp::Reject => act("reject", note),
            DealOp::Ask => act("request-information", json!({ "question": "Who is the buyer?" })),
            DealOp::Resubmit => act("resubmit", note),
            DealOp::Withdraw => act("withdraw", note),
            DealOp::Extend => act("extend", note),
            DealOp::Win => act("close", json!({ "outcome": "won" })),
            DealOp::Lose => act("close", json!({ "outcome": "lost" })),
            DealOp::Record => act("activities", json!({ "kind": "call", "on": self.now().format("%Y-%m-%d").to_string(), "note": said(caller) })),
            DealOp::Watch => act("watch", json!(null)),
            DealOp::Unwatch => client.delete(format!("{path}/watch")),
            DealOp::Rename { customer } => {
                let other = registration(deal.partner, customer, deal.large)["customer"].clone();
                client.patch(&path, json!({ "customer": other })).if_match(self.revision(&deal.id))
            }
        };
        self.carry_out(caller, call, &expected, Cause { target: deal.id, ..Cause::default() }).await.map(|_| ())
    }

    async fn captures(&mut self, customer: usize, hold: bool) -> Wrong {
        let number = self.model.leads.len();
        let body = json!({
            "company": { "name": CUSTOMERS[customer], "country": "DE" }, "amount": { "amount": 100_000, "currency": "EUR" }, "hold": hold,
            "contact": { "name": contact(number), "email": format!("{}@example.com", contact(number)) },
        });
        // One that was captured before waits for the vendor.
        let expected: &[_] = if hold { &["new"] } else { &["new", "offered", "unplaced"] };
        let call = self.acme.post("/v1/leads", body);
        self.carry_out(Caller::Vendor, call, &Expected::taken(expected), Cause { makes: true, ..Cause::default() }).await.map(|_| ())
    }

    async fn lead_op(&mut self, at: usize, what: LeadOp, by: By) -> Wrong {
        let Some(lead) = pick(&self.model.leads, at) else { return Ok(()) };
        let partners = matches!(what, LeadOp::Accept | LeadOp::Decline | LeadOp::Advance | LeadOp::Convert | LeadOp::Close);
        let caller = match lead.partner {
            Some(owner) => caller(by, partners, owner),
            None => caller(by, false, 0),
        };
        let expected = match caller {
            Caller::Partner(at) if lead.partner != Some(at) || !partners => Expected::refused(),
            _ => self.model.lead(&lead, what, self.now()),
        };
        let client = self.client(caller).await;
        let act = |action: &str, body: Value| client.post(format!("/v1/leads/{}/{action}", lead.id), body);
        let reason = json!({ "reason": said(caller) });
        let call = match what {
            LeadOp::Qualify => act("qualify", json!(null)),
            LeadOp::Distribute => act("distribute", json!(null)),
            LeadOp::Assign { partner } => act("assign", json!({ "partner_id": self.sides[partner].person.partner.id, "reason": "They called." })),
            LeadOp::Accept => act("accept", json!(null)),
            LeadOp::Decline => act("decline", reason),
            LeadOp::Advance => act("advance", json!({ "stage": said(caller) })),
            LeadOp::Convert => act("convert", json!({ "type": "resale", "expected_close": "2027-03-31" })),
            LeadOp::Close => act("close", reason),
            LeadOp::Recall => act("recall", json!({ "reason": "Mine." })),
            LeadOp::Disqualify => act("disqualify", json!({ "reason": "None." })),
            LeadOp::Reopen => act("reopen", json!(null)),
        };
        let cause = Cause { target: lead.id.clone(), makes: what == LeadOp::Convert, ..Cause::default() };
        let decision = self.model.decision(lead.partner.unwrap_or_default(), lead.customer, false, None, self.now());
        let deals = self.model.deals.len();
        self.carry_out(caller, call, &expected, cause).await?;
        match self.model.deals.get(deals) {
            Some(deal) if !decision.contains(&deal.status.as_str()) => {
                Err(format!("the lead's deal is {}, and should be one of {decision:?}", deal.status))
            }
            _ => Ok(()),
        }
    }

    async fn opens(&mut self, at: usize) -> Wrong {
        let Some(deal) = pick(&self.model.deals, at) else { return Ok(()) };
        let caller = Caller::Partner(deal.partner);
        let disputable = matches!(deal.status.as_str(), "in_review" | "information_requested" | "approved" | "rejected");
        let expected = if disputable { Expected::either(&["statements"]) } else { Expected::refused() };
        let call = self.client(caller).await.post("/v1/disputes", json!({ "deal_id": deal.id, "reason": said(caller) }));
        // Protection stands still from now on, which is told of each party's deal.
        self.carry_out(caller, call, &expected, Cause { makes: true, ..Cause::default() }).await.map(|_| ())
    }

    async fn dispute_op(&mut self, at: usize, what: DisputeOp, by: By) -> Wrong {
        let Some(dispute) = pick(&self.model.disputes, at) else { return Ok(()) };
        let party = |at: usize| dispute.partners[at % dispute.partners.len()];
        let speaker = match what {
            DisputeOp::State { party: at }
            | DisputeOp::Appeal { party: at }
            | DisputeOp::Propose { party: at, .. }
            | DisputeOp::Agree { party: at } => Some(party(at)),
            DisputeOp::Withdraw => Some(party(0)),
            _ => None,
        };
        let caller = caller(by, speaker.is_some(), speaker.unwrap_or_default());
        let expected = match (caller, speaker) {
            (Caller::Vendor, None) => self.model.dispute(&dispute, what),
            (Caller::Partner(at), Some(_)) if what == DisputeOp::Withdraw && at == party(0) => self.model.dispute(&dispute, what),
            (Caller::Partner(at), Some(_)) if what != DisputeOp::Withdraw && dispute.partners.contains(&at) => self.model.dispute(&dispute, what),
            _ => Expected::refused(),
        };
        let client = self.client(caller).await;
        let act = |action: &str, body: Value| client.post(format!("/v1/disputes/{}/{action}", dispute.id), body);
        let label = |at: usize| if at.is_multiple_of(dispute.partners.len()) { "A" } else { "B" };
        let halves = json!({ "outcome": "splits", "shares": [{ "party": "A", "percent": 50 }, { "party": "B", "percent": 50 }] });
        let moves = |to: usize| json!({ "outcome": "moves", "to": label(to) });
        let decision = |effect: Value| with(effect, json!({ "public_reason": "So it is." }));
        let call = match what {
            DisputeOp::State { .. } => act("statements", json!({ "text": said(caller) })),
            DisputeOp::Ask { party } => act("request-statement", json!({ "party": label(party), "question": "Since when?" })),
            DisputeOp::Begin => act("begin-review", json!(null)),
            DisputeOp::Stand => act("decide", decision(json!({ "outcome": "stands" }))),
            DisputeOp::Move { to } => act("decide", decision(moves(to))),
            DisputeOp::Split => act("decide", decision(halves)),
            DisputeOp::Appeal { .. } => act("appeal", json!({ "reason": said(caller) })),
            DisputeOp::Propose { party, split } => act("propose-settlement", if split { halves } else { moves(party + 1) }),
            DisputeOp::Agree { .. } => act("accept-settlement", json!(null)),
            DisputeOp::Withdraw => act("withdraw", json!(null)),
        };
        let cause = Cause { target: dispute.id.clone(), disputed: dispute.deals.clone(), ..Cause::default() };
        self.carry_out(caller, call, &expected, cause).await.map(|_| ())
    }
}

fn pick<T: Clone>(all: &[T], at: usize) -> Option<T> {
    if all.is_empty() { None } else { all.get(at % all.len()).cloned() }
}

fn caller(by: By, partners: bool, owner: usize) -> Caller {
    match by {
        By::Rightful if partners => Caller::Partner(owner),
        By::Rightful | By::Vendor => Caller::Vendor,
        By::Partner(at) => Caller::Partner(at),
    }
}

/// What somebody says; a partner's words are its own.
fn said(caller: Caller) -> String {
    match caller {
        Caller::Vendor => "The vendor says so.".to_owned(),
        Caller::Partner(at) => format!("We say so: {}.", secret(at)),
    }
}

fn registration(by: usize, customer: usize, large: bool) -> Value {
    let named = json!({ "name": CUSTOMERS[customer], "country": "DE", "contact": { "name": secret(by) } });
    let amount = json!({ "amount": if large { 60_000_000 } else { 4_821_000 }, "currency": "EUR" });
    with(resale_to(named), json!({ "amount": amount }))
}
