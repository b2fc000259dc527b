//! What applying costs while a hundred applications are in flight, and while ten thousand are.

use crate::admin::{Admin, text};
use crate::service::Service;
use crate::table::Table;
use onboarding::applications::sums::{LOST, TIMES};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use spec::database::On;
use std::time::{Duration, Instant};

const IN_FLIGHT: [usize; 2] = [100, 10_000];
const ROUNDS: usize = 60;
/// Between rounds.
const PAUSE: Duration = Duration::from_millis(250);
/// What is copied as it is from the one application that was handed in.
const COPIED: &str = "form_id, version_id, status, language, company, contact, answers, prefilled, duplicates, decision, region, country, step, month, \
    confirmed_at, submitted_at, seconds_to_confirm, seconds_to_submit, revision, updated_at";

pub async fn measure(service: &Service, table: &mut Table) {
    let mut admin = Admin::of(service).await;
    for in_flight in IN_FLIGHT {
        let (_, key) = admin.vendor(&format!("{in_flight} applicants")).await;
        let mut applicants = Applicants { token: form(&mut admin, &key).await, key, admin: &mut admin, count: 0 };
        let first = applicants.apply().await;
        multiply(service, &first, in_flight).await;
        // The names of all that are in flight are read once.
        applicants.apply().await;
        let mut times: [Vec<Duration>; 3] = Default::default();
        for _ in 0..ROUNDS {
            // A form takes so many a second from one address; waiting for that is not measured.
            tokio::time::sleep(PAUSE).await;
            for (times, taken) in times.iter_mut().zip(applicants.round(in_flight).await) {
                times.push(taken);
            }
        }
        for (times, what) in times.into_iter().zip(["start, confirm and hand in", "list the first 50", "the funnel by type"]) {
            let operation = format!("applications: {what}, {in_flight} in flight");
            table.figure(&operation, service.on, &format!("{:.1} ms", median(times).as_secs_f64() * 1e3), "the same with 100 and 10,000");
        }
    }
}

struct Applicants<'a> {
    token: String,
    key: String,
    admin: &'a mut Admin,
    count: usize,
}

impl Applicants<'_> {
    /// Somebody new applies; answers the application's id.
    async fn apply(&mut self) -> String {
        self.count += 1;
        let name = format!("{} {}", ["Alder", "Birch", "Cedar", "Elm", "Fir"][self.count % 5], self.count * 7_919);
        let email = format!("sam@applicant{}.example", self.count);
        self.admin.post("/v1/public/applications", "", json!({ "token": self.token, "email": email })).await;
        let found = self.admin.send("GET", "/v1/applications?status=draft&limit=1", &self.key, "", b"").await;
        let id = text(&found["data"][0]["id"]);
        let link = text(&self.admin.post(&format!("/v1/applications/{id}/send-link"), &self.key, Value::Null).await["link"]);
        let secret = link.rsplit('=').next().expect("a secret");
        let body = json!({ "secret": secret, "company": { "name": name, "country": "DE" }, "contact": { "name": "Sam Okafor" }, "answers": { "employees": 40 } });
        let submitted = self.admin.post("/v1/public/applications/submit", "", body).await;
        assert_eq!(submitted["status"], "in_review", "{submitted}");
        id
    }

    async fn round(&mut self, in_flight: usize) -> [Duration; 3] {
        let began = Instant::now();
        self.apply().await;
        let applied = began.elapsed();
        let began = Instant::now();
        self.admin.send("GET", "/v1/applications?status=in_review&limit=50", &self.key, "", b"").await;
        let listed = began.elapsed();
        let began = Instant::now();
        let funnel = self.admin.send("GET", "/v1/application-funnel?by=partner_type", &self.key, "", b"").await;
        let told = began.elapsed();
        let started = funnel["groups"].as_array().into_iter().flatten().filter_map(|group| group["started"].as_u64()).sum::<u64>();
        assert!(started as usize >= in_flight, "{funnel}");
        [applied, listed, told]
    }
}

async fn form(admin: &mut Admin, key: &str) -> String {
    let body = json!({ "name": "Resellers", "page": "https://www.acme.example/apply", "partner_types": ["reseller"], "per_minute": 6000 });
    let made = admin.post("/v1/application-forms", key, body).await;
    let content = json!({ "languages": ["en"], "default_language": "en", "required": [],
        "schema": { "type": "object", "properties": { "employees": { "type": "integer" } }, "required": ["employees"], "additionalProperties": false },
        "layout": [{ "title": { "en": "Your company" }, "fields": [{ "field": "company.name", "label": { "en": "Name" } }] }], "partner_fields": {} });
    let draft = admin.post("/v1/application-form-versions", key, json!({ "form_id": made["application_form"]["id"], "content": content })).await;
    admin.post(&format!("/v1/application-form-versions/{}/publish", text(&draft["id"])), key, Value::Null).await;
    text(&made["token"])
}

/// Make of one application as many as are wanted, of companies with names of their own, of five types, started over ninety days.
async fn multiply(service: &Service, application: &str, count: usize) {
    let id = kernel::id::read("app", application).expect("an id").simple().to_string();
    let copied: Vec<_> = COPIED.split(", ").map(|column| format!("a.{}", column.trim())).collect();
    let (fresh, numbers, this, started) = match service.on {
        On::Postgres => (
            "gen_random_uuid()".to_owned(),
            format!("generate_series(2, {count}) AS n(i)"),
            format!("a.id = '{id}'::uuid"),
            "a.created_at - (n.i % 90) * interval '1 day'",
        ),
        On::Sqlite => (
            "randomblob(16)".to_owned(),
            format!("(WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS n"),
            format!("a.id = X'{id}'"),
            "strftime('%Y-%m-%dT%H:%M:%f+00:00', a.created_at, '-' || (n.i % 90) || ' days')",
        ),
    };
    let db = service.app().db().migrator().await;
    let sql = format!(
        "INSERT INTO applications (vendor_id, id, company_name, email_key, partner_type, created_at, {COPIED}) \
         SELECT a.vendor_id, {fresh}, 'Company ' || (n.i * 104729), 'key ' || n.i, 'type ' || (n.i % 5), {started}, {} FROM applications a, {numbers} WHERE {this}",
        copied.join(", ")
    );
    db.execute_unprepared(&sql).await.expect("applications");
    db.execute_unprepared(&sums()).await.expect("their sums");
    service.analyze().await;
}

/// What the funnel's reader would have kept of those that were put there behind its back.
fn sums() -> String {
    let names = TIMES.map(|(name, _)| format!("{name}_seconds, {name}_count")).join(", ");
    let times = TIMES.map(|(_, seconds)| format!("COALESCE(SUM({seconds}), 0), COUNT({seconds})")).join(", ");
    let day = "SUBSTR(CAST(created_at AS text), 1, 10)";
    let place = format!("vendor_id, {day}, form_id, partner_type, COALESCE(region, ''), step, {}", *LOST);
    format!(
        "INSERT INTO application_sums (vendor_id, day, form_id, partner_type, region, step, lost, applications, {names}) \
         SELECT {place}, COUNT(*), {times} FROM applications WHERE partner_type LIKE 'type %' \
         AND NOT EXISTS (SELECT 1 FROM application_sums s WHERE s.vendor_id = applications.vendor_id AND s.partner_type LIKE 'type %') GROUP BY {place}"
    )
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
