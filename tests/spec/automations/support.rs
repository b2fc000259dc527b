//! Steps to try automations with, and automations said briefly.

pub use crate::frame::support::{dropped_after, id, log_of, note, take};
use crate::prelude::*;
use kernel::problem::kinds;
use kernel::steps::{Occasion, Standard, Step};
use kernel::{App, Problem, Tx};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often steps of the kind `test.breaks` still break in this application; beyond 100 they panic.
#[derive(Default)]
pub struct Breaks(pub AtomicUsize);

/// Have this application offer test steps, beside those of the domains, and these standard automations.
pub fn offers(app: &App, standards: Vec<Standard>) {
    let steps = server::assemble::steps().into_iter().chain([NOTE, REFUSE, BREAK]).collect();
    let types = server::event_kinds().iter().map(|event| event.kind).chain(["note.taken"]).collect();
    app.provide(automations::Catalogue::new(steps, standards, types));
}

/// A vendor whose automations can do the test steps.
pub async fn vendor(world: &World) -> Vendor {
    offers(world.app(), Vec::new());
    world.vendor("Acme").await
}

/// Takes a note of its text and the place of its event in the log; a second time would collide with the first.
const NOTE: Step = Step {
    name: "test.note",
    subjects: &[],
    summary: "Take a note.",
    parameters: || json!({"type": "object", "additionalProperties": false, "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 100}}}),
    take: |tx, occasion, with| Box::pin(take_note(tx, occasion, with)),
};

/// Takes a note and refuses.
const REFUSE: Step = Step {
    name: "test.refuses",
    subjects: &[],
    summary: "Refuse.",
    parameters: || json!({"type": "object"}),
    take: |tx, _, _| {
        Box::pin(async move {
            take(tx, "refused", 1).await?;
            Err(Problem::new(kinds::CONFLICT).detail("Not today."))
        })
    },
};

/// Takes a note and breaks, as often as it is told to.
const BREAK: Step = Step {
    name: "test.breaks",
    subjects: &[],
    summary: "Break.",
    parameters: || json!({"type": "object"}),
    take: |tx, occasion, _| {
        Box::pin(async move {
            let left = tx.app().service::<Breaks>();
            let note = take_note(tx, occasion, &json!({"text": "mended"})).await?;
            let before = left.0.load(Ordering::SeqCst);
            assert!(before <= 100, "on purpose");
            if before > 0 {
                left.0.store(before - 1, Ordering::SeqCst);
                // Not even the transaction works any more.
                take_note(tx, occasion, &json!({"text": "mended"})).await?;
            }
            Ok(note)
        })
    },
};

async fn take_note(tx: &mut Tx, occasion: &Occasion, with: &Value) -> Result<Value, Problem> {
    let text = format!("{}-{}", with["text"].as_str().unwrap_or_default(), occasion.event.sequence);
    take(tx, &text, 1).await?;
    Ok(json!({ "noted": text, "by": occasion.automation }))
}

/// A step that takes a note.
pub fn notes(text: &str) -> Value {
    json!({ "step": "test.note", "with": { "text": text } })
}

/// An automation that does these steps when somebody takes a note.
pub fn automation(name: &str, steps: Value) -> Value {
    let when = "event.actor.type != \"automation\"";
    json!({ "name": name, "summary": "For notes.", "on": ["note.taken"], "when": when, "steps": steps })
}

/// Add an automation.
pub async fn adds(acme: &Vendor, automation: Value) -> Reply {
    acme.post("/v1/automations", automation).await.expect(201)
}

/// Take a note and let everything follow from it.
pub async fn happens(world: &World, acme: &Vendor, text: &str) {
    note(world.app(), acme, text, 1).await.expect("a note");
    world.settle().await;
}

/// Runs, the oldest first.
pub async fn runs(acme: &Vendor) -> Vec<Value> {
    let mut runs = acme.all("/v1/automation-runs").await;
    runs.reverse();
    runs
}

/// The states of a run's steps.
pub fn states(run: &Value) -> Vec<&str> {
    run["steps"].as_array().into_iter().flatten().filter_map(|step| step["state"].as_str()).collect()
}

/// The notes that steps took: what is before the place in the log.
pub async fn taken(acme: &Vendor) -> Vec<String> {
    let all = log_of(acme).await.into_iter().filter(|event| event["type"] == "note.taken" && event["actor"]["type"] == "automation");
    let texts = all.map(|event| event["data"]["text"].as_str().expect("a text").rsplit_once('-').expect("a place").0.to_owned());
    texts.collect()
}
