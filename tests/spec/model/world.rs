//! A vendor with its partners, driven beside the reference, which is kept by what the log tells.

use super::operations::PARTNERS;
use super::reference::{Deal, Dispute, Expected, Lead, Model};
use super::table;
use crate::prelude::*;
use chrono::{DateTime, Utc};
use std::collections::{BTreeSet, HashMap};

/// Names that nobody else may read.
const NAMES: [&str; PARTNERS] = ["Zaphirkontor", "Quellbrunnen", "Morgenwald"];

/// What was reached over a whole run, e.g. `deal approved` and `deal approved -> won`.
pub type Reached = BTreeSet<String>;

/// What went wrong, for whoever reads it.
pub type Wrong = Result<(), String>;

/// A partner and its seller.
pub struct Side {
    pub person: Person,
    /// Since then the clock was moved, and the token is old.
    stale: bool,
    /// What no rival may read.
    secrets: Vec<String>,
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    Vendor,
    Partner(usize),
}

/// What may change by what was just done.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// What it was about; of something new nothing is known yet.
    pub target: String,
    /// Whether deals or leads may come up.
    pub makes: bool,
    /// Deals that a dispute's end may move.
    pub disputed: Vec<String>,
    /// Whether timers and readers were at work.
    pub time: bool,
}

/// One sequence's vendor.
pub struct Scene<'a> {
    pub world: &'a World,
    pub acme: Vendor,
    pub sides: Vec<Side>,
    pub model: Model,
    pub reached: Reached,
    /// Revisions, to change a deal at the one it has.
    revisions: HashMap<String, i64>,
    after: i64,
}

impl<'a> Scene<'a> {
    /// A vendor that reviews large deals, asks for progress within 30 days, and protects services for 20.
    pub async fn new(world: &'a World) -> Self {
        let acme = world.vendor("Acme").await;
        let mut rules = acme.rules().await;
        let large =
            json!({ "id": "large", "when": "deal.amount.amount > 10000000", "outcome": "review", "code": "large_deal", "sentence": "A large one." });
        rules["rules"].as_array_mut().expect("rules").insert(0, large);
        rules["progress"] = json!({ "within_days": 30, "warn_days": [7] });
        rules["protection"]["days"] = json!({ "service": 20 });
        acme.publishes(rules).await;
        let mut sides = Vec::new();
        for (at, name) in NAMES.iter().enumerate() {
            let partner = acme.adds_partner_like(json!({ "name": name, "type": "reseller", "country": "DE" })).await;
            let person = partner.person("sales").await;
            let secrets = vec![(*name).to_owned(), partner.id, person.id.clone(), person.email.clone(), secret(at)];
            sides.push(Side { person, stale: false, secrets });
        }
        let mut scene = Self { world, acme, sides, model: Model::default(), reached: Reached::new(), revisions: HashMap::new(), after: 0 };
        scene.follow(&Cause::default()).await.expect("nothing has happened yet");
        scene
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.world.now()
    }

    /// The revision that a deal has.
    pub fn revision(&self, deal: &str) -> i64 {
        self.revisions.get(deal).copied().unwrap_or(1)
    }

    /// Time passes: tokens grow old.
    pub fn skip(&mut self, hours: i64) {
        self.world.clock.advance(crate::prelude::hours(hours));
        self.sides.iter_mut().for_each(|side| side.stale = true);
    }

    /// What calls for somebody.
    pub async fn client(&mut self, caller: Caller) -> Client {
        match caller {
            Caller::Vendor => self.acme.client().clone(),
            Caller::Partner(at) => {
                if self.sides[at].stale {
                    self.sides[at].person = self.sides[at].person.anew().await;
                    self.sides[at].stale = false;
                }
                (*self.sides[at].person).clone()
            }
        }
    }

    /// Send a call, see whether it was answered as expected, and follow what came of it. The id that the answer is about, if it was taken.
    pub async fn carry_out(&mut self, caller: Caller, call: Call, expected: &Expected, mut cause: Cause) -> Result<Option<String>, String> {
        let answer = call.await;
        let taken = (200..300).contains(&answer.status);
        match (taken, expected) {
            (true, expected) if expected.taken.is_empty() => return Err(format!("this should have been refused\n{answer}")),
            (false, expected) if !(400..500).contains(&answer.status) || !expected.may_be_refused => {
                return Err(format!("this should have been taken: {expected:?}\n{answer}"));
            }
            (false, _) => {
                let before = self.after;
                self.follow(&Cause::default()).await?;
                self.heard_by(caller, &answer)?;
                return if self.after == before { Ok(None) } else { Err(format!("what is refused changes nothing, and tells of nothing\n{answer}")) };
            }
            (true, _) => {}
        }
        let id = answer["id"].as_str().map(str::to_owned);
        if cause.target.is_empty() {
            cause.target = id.clone().unwrap_or_default();
        }
        self.follow(&cause).await.map_err(|wrong| format!("{wrong}\n{answer}"))?;
        self.heard_by(caller, &answer)?;
        let status = self.status(&cause.target);
        if !expected.taken.contains(&status.as_str()) {
            return Err(format!("it is {status}, and should be one of {:?}\n{answer}", expected.taken));
        }
        Ok(id)
    }

    /// The status of anything.
    fn status(&self, id: &str) -> String {
        let deal = self.model.deals.iter().find(|one| one.id == id).map(|one| &one.status);
        let lead = self.model.leads.iter().find(|one| one.id == id).map(|one| &one.status);
        let dispute = self.model.disputes.iter().find(|one| one.id == id).map(|one| &one.stage);
        deal.or(lead).or(dispute).cloned().unwrap_or_default()
    }

    fn heard_by(&self, caller: Caller, answer: &Reply) -> Wrong {
        match caller {
            Caller::Vendor => Ok(()),
            Caller::Partner(at) => self.overhears(at, answer),
        }
    }

    /// Nothing that a partner is answered names a rival, or a contact that it has not earned; but for what it asked with.
    pub fn overhears(&self, at: usize, answer: &Reply) -> Wrong {
        let text = answer.body.to_string();
        let others = self.sides.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, side)| side.secrets.iter().cloned());
        let deals = self.model.deals.iter().filter(|deal| deal.partner != at).map(|deal| deal.id.clone());
        let contacts = self.model.leads.iter().enumerate().filter(|(_, lead)| !lead.knows.contains(&at)).map(|(number, _)| contact(number));
        let mut heard = others.chain(deals).chain(contacts).filter(|secret| text.contains(secret.as_str()));
        match heard.find(|secret| !answer.asked().contains(secret.as_str())) {
            Some(secret) => Err(format!("partner {at} reads {secret}\n{answer}")),
            None => Ok(()),
        }
    }

    /// Read what the log has to tell, and hold every change against the table of moves and what may change now.
    pub async fn follow(&mut self, cause: &Cause) -> Wrong {
        loop {
            let page = self.acme.get(format!("/v1/events?after={}&limit=200", self.after)).await.expect(200);
            for event in page.rows() {
                if event["sequence"] != json!(self.after + 1) {
                    return Err(format!("the log has a gap after {}: {event}", self.after));
                }
                self.after += 1;
                self.told(event, cause).map_err(|wrong| format!("{wrong}\ntold by {event}"))?;
            }
            if page.rows().len() < 200 {
                break;
            }
        }
        self.model.owned_twice(self.now()).map_or(Ok(()), Err)
    }

    fn told(&mut self, event: &Value, cause: &Cause) -> Wrong {
        let (kind, data) = (event["type"].as_str().unwrap_or_default(), &event["data"]);
        match kind.split('.').next() {
            Some("deal") if data["deal"].is_object() => self.told_deal(kind, data, cause),
            Some("lead") if data["lead"].is_object() => self.told_lead(data, cause),
            Some("dispute") if data["dispute"].is_object() => self.told_dispute(&data["dispute"], cause),
            _ => Ok(()),
        }
    }

    fn told_deal(&mut self, kind: &str, data: &Value, cause: &Cause) -> Wrong {
        let (now, deal) = (self.now(), &data["deal"]);
        let (id, status) = (text(&deal["id"]), text(&deal["status"]));
        self.revisions.insert(id.clone(), deal["revision"].as_i64().unwrap_or_default());
        let at = match self.model.deals.iter().position(|known| known.id == id) {
            Some(at) => at,
            None if cause.makes => {
                let partner = self.side_of(&deal["partner_id"]);
                self.model.deals.push(Deal { id: id.clone(), partner: partner.unwrap_or_default(), ..Deal::default() });
                self.model.deals.len() - 1
            }
            None => return Err("nobody has registered this".into()),
        };
        let before = self.model.deals[at].clone();
        self.moved("deal", table::DEALS, &before.status, &status)?;
        let by_dispute = cause.disputed.contains(&id) && matches!(status.as_str(), "approved" | "rejected");
        let by_time = cause.time
            && match status.as_str() {
                "expired" => before.until.is_some_and(|until| until <= now),
                "released" => true,
                "in_review" => before.status == "approved",
                _ => false,
            };
        if before.status != status && !before.status.is_empty() && cause.target != id && !by_dispute && !by_time {
            return Err(format!("a deal came from {} to {status}, and nothing was done to it", before.status));
        }
        let customer = super::operations::CUSTOMERS.iter().position(|name| deal["customer"]["name"] == *name);
        let known = &mut self.model.deals[at];
        known.offered = match kind {
            "deal.offered" => time(&data["offered_until"]),
            "deal.offer_lapsed" | "deal.unwatched" => None,
            _ if status != before.status || status == "approved" => None,
            _ => known.offered,
        };
        known.customer = customer.ok_or("a company that nobody named")?;
        known.large = deal["amount"]["amount"].as_i64() > Some(10_000_000);
        (known.until, known.status) = (time(&deal["protected_until"]), status);
        known.extensions = deal["extensions"].as_i64().unwrap_or_default();
        known.share = deal["share"]["dispute_id"].as_str().map(str::to_owned);
        Ok(())
    }

    fn told_lead(&mut self, data: &Value, cause: &Cause) -> Wrong {
        let lead = &data["lead"];
        let (id, status) = (text(&lead["id"]), text(&lead["status"]));
        let at = match self.model.leads.iter().position(|known| known.id == id) {
            Some(at) => at,
            None if cause.makes => {
                self.model.leads.push(Lead { id: id.clone(), ..Lead::default() });
                self.model.leads.len() - 1
            }
            None => return Err("nobody has captured this".into()),
        };
        let before = self.model.leads[at].status.clone();
        self.moved("lead", table::LEADS, &before, &status)?;
        let by_time = cause.time && matches!(status.as_str(), "qualified" | "offered" | "unplaced" | "won" | "lost" | "working");
        if before != status && !before.is_empty() && cause.target != id && !by_time {
            return Err(format!("a lead came from {before} to {status}, and nothing was done to it"));
        }
        let partner = self.side_of(&lead["partner_id"]);
        let customer = super::operations::CUSTOMERS.iter().position(|name| lead["company"]["name"] == *name);
        let known = &mut self.model.leads[at];
        (known.partner, known.until, known.deal) = (partner, time(&lead["offer_until"]), lead["deal_id"].as_str().map(str::to_owned));
        known.customer = customer.ok_or("a company that nobody named")?;
        if status == "offered" && before != "offered" {
            known.asked.extend(partner);
        }
        if matches!(status.as_str(), "accepted" | "working" | "converted") {
            known.knows.extend(partner);
        }
        known.status = status;
        Ok(())
    }

    fn told_dispute(&mut self, dispute: &Value, cause: &Cause) -> Wrong {
        let (id, stage) = (text(&dispute["id"]), text(&dispute["stage"]));
        let parties: Vec<_> = dispute["parties"].as_array().into_iter().flatten().collect();
        let deals: Vec<_> = parties.iter().map(|party| text(&party["deal_id"])).collect();
        let at = match self.model.disputes.iter().position(|known| known.id == id) {
            Some(at) => at,
            None if cause.makes => {
                let partners =
                    deals.iter().filter_map(|deal| self.model.deals.iter().find(|known| known.id == *deal)).map(|deal| deal.partner).collect();
                self.model.disputes.push(Dispute { id: id.clone(), partners, deals, ..Dispute::default() });
                self.model.disputes.len() - 1
            }
            None => return Err("nobody has opened this".into()),
        };
        let before = self.model.disputes[at].stage.clone();
        self.moved("dispute", table::DISPUTES, &before, &stage)?;
        let by_time = cause.time && matches!(stage.as_str(), "under_review" | "closed");
        if before != stage && !before.is_empty() && cause.target != id && !by_time {
            return Err(format!("a dispute came from {before} to {stage}, and nothing was done to it"));
        }
        self.model.disputes[at].stage = stage;
        Ok(())
    }

    fn moved(&mut self, what: &str, moves: &[(&str, &[&str])], from: &str, to: &str) -> Wrong {
        if !table::allows(moves, from, to) {
            return Err(format!("no {what} comes from {from:?} to {to}"));
        }
        self.reached.insert(format!("{what} {to}"));
        if from != to {
            self.reached.insert(format!("{what} {from} -> {to}"));
        }
        Ok(())
    }

    fn side_of(&self, partner: &Value) -> Option<usize> {
        self.sides.iter().position(|side| *partner == side.person.partner.id)
    }
}

/// What a partner says, and nobody else may read.
pub fn secret(at: usize) -> String {
    format!("geheim-{}", NAMES[at].to_lowercase())
}

/// The contact of the lead that is captured as this one, which is told to whoever accepts it.
pub fn contact(number: usize) -> String {
    format!("kontakt-{number:03}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str()?.parse().ok()
}
