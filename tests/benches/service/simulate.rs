//! A year of decisions, replayed against other rules.

use crate::admin::{Admin, person, text};
use crate::options::Options;
use crate::service::Service;
use crate::table::Table;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use spec::database::On;
use std::time::Instant;

const COLUMNS: &str = "partner_id, kind, status, customer_name, customer, lines, currency, expected_close, custom_fields, decision, facts, \
    rules_version, extensions, revision, created_at, updated_at";

pub async fn measure(service: &Service, options: &Options, table: &mut Table) {
    let on = service.on;
    let mut admin = Admin::of(service).await;
    let (_, key) = admin.vendor("Replayed").await;
    let seller = person(&mut admin, &key, 1).await;
    let deal = json!({ "type": "resale", "customer": { "name": "Fabrikam GmbH", "country": "DE", "domain": "fabrikam.example", "address": "Unter den Linden 1" },
        "amount": { "amount": 4_821_000, "currency": "EUR" }, "expected_close": "2099-03-31", "lines": [{ "product": "GTX Pro", "quantity": 10 }] });
    let deal = text(&admin.post("/v1/deals", &seller, deal).await["id"]);
    multiply(service, &deal, options.deals).await;
    let mut rules = admin.send("GET", "/v1/rules-of-engagement/in-force", &key, "", b"").await["engagement"].take();
    let rule = |id: &str, when: &str| json!({ "id": id, "when": when, "outcome": "review", "code": id, "sentence": "A person looks at these." });
    let own =
        [rule("large", "deal.amount.amount > 5000000 && partner.tier == 'gold'"), rule("soon", "deal.days_to_close < 14 || size(conflicts) > 3")];
    rules["rules"].as_array_mut().expect("rules").extend(own);
    let draft = text(&admin.post("/v1/rules-of-engagement", &key, rules).await["id"]);
    let began = Instant::now();
    let found: Value = admin.post(&format!("/v1/rules-of-engagement/{draft}/simulate"), &key, json!(null)).await;
    let taken = began.elapsed();
    assert_eq!(found["replayed"], options.deals, "{found}");
    let operation = format!("simulate {} deals against 7 rules", options.deals);
    table.figure(&operation, on, &format!("{:.1} s", taken.as_secs_f64()), "< 10 s with 100,000");
}

/// Make of one deal as many as are wanted.
async fn multiply(service: &Service, deal: &str, count: usize) {
    let id = kernel::id::read("deal", deal).expect("an id").simple().to_string();
    let copied: Vec<_> = COLUMNS.split(", ").map(|column| format!("d.{}", column.trim())).collect();
    let (fresh, numbers, this) = match service.on {
        On::Postgres => ("gen_random_uuid()".to_owned(), format!("generate_series(2, {count}) AS n(i)"), format!("d.id = '{id}'::uuid")),
        On::Sqlite => (
            "randomblob(16)".to_owned(),
            format!("(WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS n"),
            format!("d.id = X'{id}'"),
        ),
    };
    let sql = format!(
        "INSERT INTO deals (vendor_id, id, amount, {COLUMNS}) SELECT d.vendor_id, {fresh}, d.amount + n.i, {} FROM deals d, {numbers} WHERE {this}",
        copied.join(", ")
    );
    service.app().db().migrator().await.execute_unprepared(&sql).await.expect("deals");
    service.analyze().await;
}
