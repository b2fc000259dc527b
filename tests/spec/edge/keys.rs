//! The key that encrypts secrets at rest is changed without a pause.

use crate::prelude::*;
use kernel::reseal::{self, Report};
use spec::receiver::Receiver;
use spec::world::Options;

const A: [u8; 32] = [7; 32];
const B: [u8; 32] = [8; 32];
const JUST_A: &[[u8; 32]] = &[A];
const JUST_B: &[[u8; 32]] = &[B];

/// Something of every kind that is sealed, and what shows that it still opens.
struct Secrets {
    acme: Vendor,
    token: String,
    endpoint: String,
    answer: Reply,
}

fn key_create() -> Value {
    json!({ "name": "CRM", "role": "finance" })
}

async fn secrets(world: &World, receiver: &Receiver) -> Secrets {
    let acme = world.vendor("Acme").await;
    let token = acme.post("/v1/tokens", json!({ "expires_in": 3600 })).await.expect(201).text("access_token");
    let hook = acme.post("/v1/webhook-endpoints", json!({ "url": receiver.url, "event_types": ["*"] })).await.expect(201);
    let answer = acme.post("/v1/api-keys", key_create()).idempotency_key("first").await.expect(201);
    let provider = json!({ "name": "Contoso", "issuer": "https://login.contoso.example", "client_id": "prm", "client_secret": "a secret of theirs" });
    acme.post("/v1/identity-providers", provider).await.expect(201);
    let room = json!({ "name": "A room", "kind": "slack", "url": "http://127.0.0.1:9/hook", "templates": ["notifications.*"] });
    acme.post("/v1/notification-channels", room).await.expect(201);
    let provisioner = json!({ "url": "http://127.0.0.1:9/provision", "answer_minutes": 60, "rules": [] });
    acme.put("/v1/provisioning-policy", provisioner).await.expect(200);
    let checks = json!({ "name": "Checks", "url": "http://127.0.0.1:9/check", "kind": "credit", "when": "false" });
    acme.post("/v1/check-providers", checks).await.expect(201);
    let signatures = json!({ "name": "S", "kind": "dropbox_sign", "base_url": "http://127.0.0.1:9/v3", "dropbox_sign": { "api_key": "a-key" } });
    acme.post("/v1/signature-services", signatures).await.expect(201);
    let person = acme.adds_colleague("finance").await.id();
    acme.sees_sign_in(&person, &["pwd"]).await.post("/v1/me/authenticators/totp", json!(null)).await.expect(201);
    let endpoint = hook["webhook_endpoint"]["id"].as_str().expect("an id").to_owned();
    Secrets { acme, token, endpoint, answer }
}

impl Secrets {
    /// Tokens verify and are made, kept answers are given again, and webhooks go out, at this instance.
    async fn work_at(&self, instance: &Instance, receiver: &Receiver) {
        instance.bearing(&self.token).get("/v1/vendor").await.expect(200);
        let acme = self.acme.at(instance);
        let fresh = acme.post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
        instance.bearing(&fresh).get("/v1/vendor").await.expect(200);
        let again = acme.post("/v1/api-keys", key_create()).idempotency_key("first").await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.body), (Some("true"), &self.answer.body));
        let sent = receiver.requests().len();
        acme.post(format!("/v1/webhook-endpoints/{}/test", self.endpoint), json!(null)).await.expect(202);
        instance.settle().await;
        assert!(receiver.requests().len() > sent, "the webhook's secret opens");
    }
}

fn sealing(key: [u8; 32], others: &'static [[u8; 32]]) -> Options {
    Options { secret_key: key, previous_keys: others, ..Options::default() }
}

async fn reseal(instance: &Instance, only_count: bool) -> Vec<Report> {
    reseal::run(&instance.app, &server::assemble::sealed(), only_count).await.expect("reseal")
}

fn sum(reports: &[Report], of: fn(&Report) -> u64) -> u64 {
    reports.iter().map(of).sum()
}

spec! {
    async fn the_key_is_changed_without_a_pause(world) {
        let receiver = Receiver::start().await;
        let secrets = secrets(world, &receiver).await;
        // First every instance learns to open what the new key will seal …
        let still = world.another_instance_like(sealing(A, JUST_B)).await;
        secrets.work_at(&still, &receiver).await;
        // … then they change over, one by one, side by side.
        let changed = world.another_instance_like(sealing(B, JUST_A)).await;
        access::tokens::rotate(&changed.app).await.expect("a signing key under B");
        let by_b = changed.bearing(&secrets.acme.key).post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
        still.bearing(&by_b).get("/v1/vendor").await.expect(200);
        secrets.work_at(&changed, &receiver).await;
        secrets.work_at(&still, &receiver).await;

        let counted = reseal(&changed, true).await;
        // Letters, and sign-ins under way, live for minutes.
        let lasting = counted.iter().filter(|report| !["mails", "sign_in_attempts", "sso_attempts"].contains(&report.table));
        assert!(lasting.clone().all(|report| report.remaining > 0 && report.resealed == 0), "something of every kind: {counted:?}");
        let done = reseal(&changed, false).await;
        assert_eq!((sum(&done, |report| report.resealed), sum(&done, |report| report.remaining)), (sum(&counted, |report| report.remaining), 0));
        secrets.work_at(&still, &receiver).await;

        // Done again, it does nothing but what the last instance under the old key has written since.
        let rest = reseal(&changed, false).await;
        assert!(sum(&rest, |report| report.resealed) < sum(&done, |report| report.resealed));
        assert_eq!(sum(&reseal(&changed, false).await, |report| report.resealed), 0);
        let alone = world.another_instance_like(sealing(B, &[])).await;
        secrets.work_at(&alone, &receiver).await;
        assert_eq!(sum(&reseal(&alone, true).await, |report| report.remaining), 0);
    }

    async fn many_values_are_resealed_in_small_writes(world) {
        let acme = world.vendor("Acme").await;
        for number in 0..450 {
            acme.post("/v1/tokens", json!(null)).idempotency_key(&number.to_string()).await.expect(201);
        }
        let changed = world.another_instance_like(sealing(B, JUST_A)).await;
        let kept = |reports: Vec<Report>| reports.into_iter().find(|report| report.table == "idempotency").expect("kept answers");
        assert_eq!(kept(reseal(&changed, true).await).remaining, 450);
        assert_eq!(kept(reseal(&changed, false).await).resealed, 450);
        assert_eq!(kept(reseal(&changed, false).await).resealed, 0);
    }

    async fn what_opens_with_no_key_is_reported_and_left_alone(world) {
        let acme = world.vendor("Acme").await;
        acme.post("/v1/tokens", json!(null)).idempotency_key("one").await.expect(201);
        let stranger = world.another_instance_like(sealing(B, &[])).await;
        let reports = reseal(&stranger, false).await;
        assert_eq!((sum(&reports, |report| report.resealed), sum(&reports, |report| report.unopened)), (0, 2), "{reports:?}");
        acme.post("/v1/tokens", json!(null)).idempotency_key("one").await.expect(201);
    }

    async fn a_signing_key_made_on_one_instance_is_used_and_verified_by_the_others(world) {
        let acme = world.vendor("Acme").await;
        let other = world.another_instance().await;
        let kid = async |client: &Client| {
            let token = client.post("/v1/tokens", json!(null)).await.expect(201).text("access_token");
            (jsonwebtoken::decode_header(&token).expect("a header").kid.expect("a kid"), token)
        };
        let (before, _) = kid(&acme.at(&other)).await;
        access::tokens::rotate(world.app()).await.expect("a new key");
        let (after, fresh) = kid(&acme).await;
        assert!(after != before, "it signs from now on");
        other.bearing(&fresh).get("/v1/vendor").await.expect(200);
        world.clock.advance(seconds(30));
        assert_eq!(kid(&acme.at(&other)).await.0, after);
    }
}

/// What seals into a column that another file registers, or under another key.
const ELSEWHERE: [(&str, &str); 6] = [
    ("access/src/local/enrolment.rs", "local/store.rs"),
    ("access/src/local/service.rs", "local/store.rs"),
    ("access/src/local/passkeys.rs", "local/store.rs"),
    ("access/src/sso/providers/service.rs", "sso/providers/store.rs"),
    ("kernel/src/keyring.rs", "whoever keeps a keyring: webhooks' sign.rs and onboarding's provisioning/keys.rs"),
    ("kernel/src/personal/sealed.rs", "under the key of a data subject, which is sealed in keys.rs"),
];

/// Whatever seals into the database must be found by `prm keys reseal`.
#[test]
fn whatever_seals_registers_its_column() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let (mut files, mut sealing) = (vec![crates], 0);
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).expect("a directory").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        if path.extension().is_none_or(|ending| ending != "rs") || path.ends_with("kernel/src/seal.rs") || path.ends_with("kernel/src/reseal.rs") {
            continue;
        }
        let text: String = std::fs::read_to_string(&path).expect("a file").split_whitespace().collect();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if ["sealer.seal(", "sealer().seal(", "Sealer::seal("].iter().any(|call| code.contains(call)) {
            sealing += 1;
            let registered = code.contains(":Sealed=Sealed{") || ELSEWHERE.iter().any(|(file, _)| path.ends_with(file));
            assert!(registered, "{} seals: add a `kernel::seal::Sealed` beside it and to its crate's `sealed()`", path.display());
        }
    }
    assert!(sealing >= 3, "the test finds what seals");
    let mut seen = std::collections::BTreeSet::new();
    assert!(server::assemble::sealed().iter().all(|sealed| seen.insert((sealed.table, sealed.column))), "each column is registered once");
    assert!(seen.len() + ELSEWHERE.len() >= sealing, "every column is collected in crates/server/src/assemble.rs");
}
