//! The step `notify`, taken as the automation engine takes it: for a real event of the log.

use crate::actors::Vendor;
use kernel::Problem;
use kernel::log::{self, Envelope, Filter};
use kernel::steps::Occasion;
use serde_json::{Value, json};

impl Vendor {
    /// Nothing happens by itself any more: what is told is what the specification tells.
    pub async fn switches_automations_off(&self) {
        for automation in self.all("/v1/automations?limit=200").await {
            let name = automation["name"].as_str().expect("a name");
            self.post(format!("/v1/automations/{name}/disable"), json!(null)).await.expect(200);
        }
    }

    /// The newest event of this type.
    pub async fn latest(&self, kind: &str) -> Envelope {
        let (app, vendor) = (self.world().app(), self.id.parse().expect("an id"));
        let db = app.db().read_of(vendor).await.expect("a reader");
        let filter = Filter { types: vec![kind.to_owned()], subject: None };
        let events = log::read(app, &db, vendor, 0, &filter, 1_000).await.expect("events");
        events.into_iter().last().unwrap_or_else(|| panic!("there is no event {kind}"))
    }

    /// Tell people of the newest event of this type, by an automation of this name.
    pub async fn tries_to_tell(&self, automation: &str, kind: &str, with: Value) -> Result<Value, Problem> {
        let (event, app) = (self.latest(kind).await, self.world().app());
        let occasion = Occasion { latest: event.clone(), due_at: event.occurred_at, event, automation: automation.to_owned() };
        let step = server::assemble::steps().into_iter().find(|step| step.name == "notify").expect("the step");
        let actor = kernel::Actor::system("automations", self.id.parse().expect("an id"));
        app.write(&actor, async |tx| (step.take)(tx, &occasion, &with).await).await
    }

    /// The same by an automation that has told nobody of it yet; says what was done.
    pub async fn tells(&self, kind: &str, with: Value) -> Value {
        let automation = format!("automation-{}", crate::unique());
        self.tries_to_tell(&automation, kind, with).await.unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    /// Write a template in English.
    pub async fn words(&self, name: &str, subject: &str, text: &str) {
        let body = serde_json::json!({ "subject": subject, "text": text });
        let reply = self.put(format!("/v1/notification-templates/{name}/en"), body).await;
        assert!(matches!(reply.status, 200 | 201), "{reply}");
    }
}
