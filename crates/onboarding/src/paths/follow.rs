//! What follows the log: partners that enter onboarding are put on their path, and events end the tasks that wait for them.

use super::body::{OnboardingPathDraft, TRIGGER_FACTS, TRIGGERS};
use super::events::OnboardingNotStarted;
use super::versions::{self, Choice};
use super::{service, store};
use kernel::cache::Followed;
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::log::{Envelope, takes};
use kernel::readers::{React, Reader};
use kernel::rules::Expression;
use kernel::{App, Problem, Tx};
use partners::PartnerStatus;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The readers of this part.
pub fn readers() -> Vec<Reader> {
    vec![
        Reader {
            name: "onboarding.partners",
            types: &["partner.*"],
            relevant: None,
            react: React::Each(|tx, event| Box::pin(partner_moved(tx, event))),
        },
        Reader {
            name: "onboarding.triggers",
            types: TRIGGERS,
            relevant: Some(|app, event| Box::pin(is_awaited(app, event))),
            react: React::Each(|tx, event| Box::pin(end_tasks(tx, event))),
        },
    ]
}

/// The types of events that some published path of a vendor waits for.
struct Awaited(Followed<VendorId, Arc<BTreeSet<String>>>);

impl Default for Awaited {
    fn default() -> Self {
        Self(Followed::new(1_024))
    }
}

/// Forget what paths wait for when one is published. Once, at start.
pub fn follow(app: &App) {
    let kept = app.service::<Awaited>();
    app.watch(move |vendor, kind, _| match kind {
        "*" => kept.0.forget_all(),
        "onboarding_path.published" => kept.0.forget(&vendor),
        _ => {}
    });
}

/// A partner whose status became `onboarding` is put on its path; one that leaves is taken off it.
async fn partner_moved(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let is_new = event.kind == "partner.created" || event.kind == "partner.status_changed";
    let moved = is_new || data["changed"].as_array().is_some_and(|changed| changed.iter().any(|field| field == "status"));
    let Some(id) = event.subject.id.parse::<PartnerId>().ok().filter(|_| moved) else { return Ok(()) };
    // What it is now counts: it may have gone on since.
    let Some(row) = partners::find(tx, tx.scope(), id).await? else { return Ok(()) };
    match row.status {
        PartnerStatus::Onboarding => start(tx, id, &row).await,
        PartnerStatus::Offboarding | PartnerStatus::Ended => match store::running(tx, id).await? {
            Some(running) => service::stop_held(tx, running, "The partner leaves the program.".to_owned()).await.map(|_| ()),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

async fn start(tx: &mut Tx, id: PartnerId, row: &partners::partner::Model) -> Result<(), Problem> {
    if store::running(tx, id).await?.is_some() {
        return Ok(());
    }
    match versions::choose(tx, &partners::Partner::whole(row)).await? {
        Choice::Path(path) => service::begin(tx, id, *path).await.map(|_| ()),
        Choice::None => Ok(()),
        Choice::Undecided(reason) => {
            tx.emit(OnboardingNotStarted { partner_id: id, reason });
            Ok(())
        }
    }
}

async fn is_awaited(app: &App, event: &Envelope) -> Result<bool, Problem> {
    let vendor = event.vendor_id;
    let load = async {
        let published = store::published(&app.db().read_of(vendor).await?, vendor).await?;
        let mut types = BTreeSet::new();
        for row in published {
            types.extend(row.body()?.tasks().filter_map(|(_, task)| Some(task.completes_on.as_ref()?.event.clone())));
        }
        Ok::<_, Problem>(Arc::new(types))
    };
    let awaited = app.service::<Awaited>().0.get_or_load(vendor, load).await?;
    Ok(awaited.iter().any(|wanted| takes(wanted, &event.kind)))
}

/// End the tasks of a partner that this event ends.
async fn end_tasks(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let Some(partner) = partner_of(tx, event, &data).await? else { return Ok(()) };
    let Some(row) = store::running(tx, partner).await? else { return Ok(()) };
    let facts = json!({ "event": event });
    service::end_by_event(tx, row, event.sequence, |path, key| ends(path, key, &event.kind, &facts)).await
}

/// Whether this event ends this task. A condition that cannot be told leaves it to people.
fn ends(path: &OnboardingPathDraft, key: &str, kind: &str, facts: &Value) -> bool {
    let trigger = path.task(key).and_then(|(_, task)| task.completes_on.as_ref()).filter(|trigger| takes(&trigger.event, kind));
    trigger.is_some_and(|trigger| Expression::compile(&trigger.when, TRIGGER_FACTS).and_then(|when| when.holds_over(facts)) == Ok(true))
}

/// Whose event it is.
async fn partner_of(tx: &Tx, event: &Envelope, data: &Value) -> Result<Option<PartnerId>, Problem> {
    if event.subject.kind == "partner" {
        return Ok(event.subject.id.parse().ok());
    }
    let named = |value: &Value| value["partner_id"].as_str().and_then(|text| text.parse::<PartnerId>().ok());
    if let Some(partner) = named(data).or_else(|| data.as_object().into_iter().flat_map(|members| members.values()).find_map(named)) {
        return Ok(Some(partner));
    }
    // A session names its person.
    let Some(person) = data["session"]["person_id"].as_str().and_then(|text| text.parse::<PersonId>().ok()) else { return Ok(None) };
    Ok(access::people::find(tx, tx.vendor(), person).await?.and_then(|person| person.partner()))
}
