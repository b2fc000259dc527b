//! What an automation can do, and which automations there are from the start: each domain says so in its own words.
//!
//! A domain exports its [`Step`]s, [`Standard`] automations and [`Template`]s; the server gathers them. What runs them, records
//! what they did and lets a vendor change them is not known here.

use crate::log::Envelope;
use crate::problem::Problem;
use crate::tx::Tx;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::Value;

/// Why a step is taken.
#[derive(Debug)]
pub struct Occasion {
    /// The event that started the automation.
    pub event: Envelope,
    /// The latest event about the same subject, which tells what it now is; the same one, if nothing happened since.
    pub latest: Envelope,
    /// The automation's name.
    pub automation: String,
    /// When the step was due: what another step of the automation says at another moment is said again.
    pub due_at: DateTime<Utc>,
}

/// Does a step in the write that records it, and says what it did (a JSON object, kept and shown to the vendor).
///
/// A problem below 500 is recorded as "could not be done" and not tried again; any other is.
pub type Take = for<'a> fn(&'a mut Tx, &'a Occasion, &'a Value) -> BoxFuture<'a, Result<Value, Problem>>;

/// Something that an automation can do.
#[derive(Clone, Copy)]
pub struct Step {
    /// On the wire: `notify`, `deal.assign`.
    pub name: &'static str,
    /// The kinds of subjects that it works on; none: any.
    pub subjects: &'static [&'static str],
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// The JSON Schema (2020-12) of its parameters, an object.
    pub parameters: fn() -> Value,
    /// Does it.
    pub take: Take,
}

/// An automation that every vendor has until it changes it.
#[derive(Debug, Clone, Copy)]
pub struct Standard {
    /// Names it for good: `deal-expiring`.
    pub name: &'static str,
    /// What it is for, in a sentence.
    pub summary: &'static str,
    /// The type of event that starts it.
    pub on: &'static str,
    /// A CEL expression over `event` (the envelope, with `data`) and `now`; `true` for always.
    pub when: &'static str,
    /// What it does, as on the wire: a list of `{"step": …, "with": {…}, "after": …, "while": …}`. `after` is a delay, `{"days": 3}`, or relative
    /// to a moment in the event's `data`, `{"days": 14, "before": "/deal/protected_until"}`; `while` is CEL over `event`, `latest` (an envelope as
    /// well: `latest.data.deal.status`) and `now`, asked when the step is due.
    pub steps: fn() -> Value,
}

/// The English text of a notification, until a vendor writes its own.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Names it for good: `deal.expiring`.
    pub name: &'static str,
    /// When it is sent, in a sentence.
    pub summary: &'static str,
    /// The subject line, with `{{ … }}` over `event`, `person` and `vendor`.
    pub subject: &'static str,
    /// The text, likewise.
    pub text: &'static str,
}
