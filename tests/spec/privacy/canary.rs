//! A name and an address that nobody else has travel through everything, and are then found nowhere.

use super::*;
use spec::receiver::Receiver;
use spec::world::Options;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

const NAME: &str = "Zyxcanary Qwvtest";
const EMAIL: &str = "zyxcanary.qwvtest@canary.example";

/// Where something of it is, in plain or as hexadecimal digits.
fn traces(bytes: &[u8]) -> usize {
    let text = bytes.to_ascii_lowercase();
    let hex: String = b"xcanary".iter().map(|byte| format!("{byte:02x}")).collect();
    ["zyxcanary", "qwvtest", &hex].iter().map(|word| text.windows(word.len()).filter(|part| *part == word.as_bytes()).count()).sum()
}

/// All that is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Let it travel; answers with the person.
async fn travel(acme: &Vendor, receiver: &Receiver) -> String {
    let world = acme.world();
    let hook = json!({ "url": receiver.url, "event_types": ["*"] });
    acme.post("/v1/webhook-endpoints", hook).await.expect(201);
    let sent = json!({ "name": NAME, "email": EMAIL, "role": "finance" });
    let person = acme.post("/v1/people", sent).idempotency_key("canary").await.expect(201).id();
    acme.patch(format!("/v1/people/{person}"), json!({ "role": "marketing" })).if_match(1).idempotency_key("c2").await.expect(200);
    // The device of a session is named by its owner, often.
    let session = acme.sees_sign_in(&person, &["pwd"]).await;
    let named = format!("UPDATE sessions SET device = '{NAME}'' phone'");
    assert_eq!(world.sql(&named).await, 1);
    acme.post(format!("/v1/sessions/{}/revoke", session.session), json!(null)).await.expect(200);
    let northwind = acme.adds_partner("Northwind").await;
    let contact = json!({ "name": NAME, "email": EMAIL, "phone": "+49 30 1" });
    acme.post("/v1/deals", northwind.gets(deal_with(contact))).idempotency_key("canary").await.expect(201);
    let company = json!({ "name": "Canary Mills", "country": "DE" });
    let contact = json!({ "name": NAME, "email": EMAIL, "phone": "+49 30 1" });
    let lead = json!({ "company": company, "contact": contact, "message": format!("{NAME} asks for robots.") });
    acme.post("/v1/leads", lead).idempotency_key("canary").await.expect(201);
    let referral = json!({ "company": { "name": "Canary Works", "country": "DE" }, "contact": contact, "note": format!("Ask {NAME}.") });
    acme.post("/v1/referrals", northwind.gets(referral)).idempotency_key("canary").await.expect(201);
    let form = acme.post("/v1/lead-forms", json!({ "name": "Contact" })).await.expect(201).text("token");
    let sent = json!({ "token": form, "company": "Canary Tools", "country": "DE", "name": NAME, "email": EMAIL, "message": format!("I am {NAME}.") });
    world.anonymous().post("/v1/lead-forms/submissions", sent).idempotency_key("canary").await.expect(202);
    acme.put("/v1/opportunities/O-1", json!({ "name": "Robots", "status": "open", "owner": NAME })).await.expect(201);
    // One row is taken, one refused, and both are kept.
    let file = format!("external_id,name,status,owner\nO-2,Arms,open,{EMAIL}\nO-3,Legs,no such status,{NAME}\n");
    let import = json!({ "resource": "opportunities", "format": "csv", "content": file });
    let import = acme.post("/v1/imports", import).await.expect(202).id();
    // What a caller gets wrong is not to be logged either.
    acme.post("/v1/people", json!({ "name": NAME, "email": EMAIL, "role": "finance" })).await.refused(409, "person.email_taken");
    acme.get(format!("/v1/people?email={EMAIL}")).await.expect(200);
    acme.post("/v1/privacy/exports", json!({ "email": EMAIL })).await.expect(200);
    world.settle().await;
    let refused = acme.get(format!("/v1/imports/{import}/errors")).await.expect(200);
    assert!(traces(refused.bytes.as_slice()) > 0, "{refused}");
    person
}

async fn specification(world: &World, log: &Log) {
    let (acme, receiver) = (world.vendor("Acme").await, Receiver::start().await);
    // A receiver that repeats what it is sent.
    receiver.next(500, &[], &format!("{EMAIL} is on our list of spies"));
    receiver.echoes(500);
    let person = travel(&acme, &receiver).await;
    world.pass(minutes(10)).await;
    assert!(traces(&world.stored().await) > 20, "it is everywhere before");
    assert!(receiver.take().iter().any(|request| traces(&request.bytes) > 0));

    acme.post(format!("/v1/people/{person}/erase"), json!(null)).await.expect(202);
    world.settle().await;
    let stored = world.stored().await;
    let at = stored.to_ascii_lowercase().windows(9).position(|part| part == b"zyxcanary");
    let around = at.map(|at| String::from_utf8_lossy(&stored[at.saturating_sub(300)..(at + 200).min(stored.len())]).into_owned());
    assert_eq!(traces(&stored), 0, "in the database: {around:?}");
    assert_eq!(traces(&log.0.lock().expect("the log")), 0, "in the log");
    assert!(log.0.lock().expect("the log").len() > 1_000, "something was logged");
    let metrics = world.anonymous().get("/metrics").await;
    assert_eq!(traces(&metrics.bytes), 0, "{metrics}");
    // What is sent again tells nothing any more.
    receiver.take();
    receiver.answers(204);
    world.pass(days(3)).await;
    let again = receiver.take();
    assert!(!again.is_empty());
    for request in again {
        assert_eq!(traces(&request.bytes), 0, "{}", request.event);
    }
    for event in log_of(&acme).await {
        assert_eq!(traces(event.to_string().as_bytes()), 0, "{event}");
    }
    assert_eq!(acme.get("/v1/opportunities/O-2").await.expect(200)["owner"], "[erased]");
    assert_whole(world, &acme).await;
}

/// On one thread, so that all that is logged is heard.
fn run(on: On) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _listening = tracing::subscriber::set_default(subscriber);
    runtime.block_on(async {
        if let Some(world) = World::new(on, Options::default()).await {
            specification(&world, &log).await;
        }
    });
    runtime.shutdown_background();
}

mod a_canary_is_found_nowhere_after_its_erasure {
    use super::*;

    #[test]
    fn sqlite() {
        run(On::Sqlite);
    }

    #[test]
    fn postgres() {
        run(On::Postgres);
    }
}
