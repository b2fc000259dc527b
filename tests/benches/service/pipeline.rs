//! The pipeline of a million deals, a third of them open, of a thousand partners and of ten thousand.

use crate::admin::Admin;
use crate::service::Service;
use crate::table::Table;
use sea_orm::ConnectionTrait as _;
use spec::database::On;
use std::time::{Duration, Instant};

const DEALS: usize = 1_000_000;
const ROUNDS: usize = 7;
/// What is asked, and how it is called.
const QUESTIONS: [(&str, &str); 3] = [("", "whole"), ("?group_by=tier", "by tier"), ("?group_by=partner", "by partner")];

pub async fn measure(service: &Service, table: &mut Table) {
    let mut admin = Admin::of(service).await;
    for partners in [1_000, 10_000] {
        let (vendor, key) = admin.vendor(&format!("Pipeline of {partners}")).await;
        fill(service, &vendor, partners).await;
        for (query, called) in QUESTIONS {
            let mut times = Vec::new();
            for _ in 0..ROUNDS {
                let began = Instant::now();
                let told = admin.send("GET", &format!("/v1/pipeline{query}"), &key, "", b"").await;
                times.push(began.elapsed());
                assert_eq!(told["currencies"][0]["deals"], open_of(partners) * partners, "{told}");
            }
            let operation = format!("pipeline of 1,000,000 deals of {partners} partners, {called}");
            table.figure(&operation, service.on, &format!("{:.1} ms", median(times).as_secs_f64() * 1e3), "< 100 ms");
        }
    }
}

/// Open deals of each partner.
fn open_of(partners: usize) -> usize {
    DEALS / partners / 3
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The sums that so many deals make, spread over types, statuses, stages and months.
async fn fill(service: &Service, vendor: &str, partners: usize) {
    let id = kernel::id::read("vnd", vendor).expect("an id").simple().to_string();
    let open = open_of(partners);
    let numbers = |count: usize| match service.on {
        On::Postgres => format!("generate_series(1, {count}) AS n(i)"),
        On::Sqlite => format!("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS n"),
    };
    let (fresh, this, now) = match service.on {
        On::Postgres => ("gen_random_uuid()".to_owned(), format!("'{id}'::uuid"), "'2026-11-20T12:00:00+00:00'"),
        On::Sqlite => ("randomblob(16)".to_owned(), format!("X'{id}'"), "'2026-11-20T12:00:00+00:00'"),
    };
    let tier = "CASE n.i % 3 WHEN 0 THEN 'gold' WHEN 1 THEN 'silver' ELSE 'bronze' END";
    let of_partners = format!(
        "INSERT INTO partners (vendor_id, id, name, search_name, kind, tier, specialisations, status, custom_fields, revision, created_at, updated_at) \
         SELECT {this}, {fresh}, 'P', 'p', 'reseller', {tier}, '[]', 'active', '{{}}', n.i, {now}, {now} FROM {}",
        numbers(partners)
    );
    // A partner's number lies in its revision; the factor spreads what each has.
    let mixed = "(n.i * 7919 + p.revision * 10007) % 1000003";
    let rows = format!(
        "SELECT p.id, CASE WHEN {mixed} % 10 < 6 THEN 'resale' WHEN {mixed} % 10 < 8 THEN 'co_sell' ELSE 'referral' END AS kind, \
         CASE WHEN {mixed} / 10 % 8 = 0 THEN 'in_review' ELSE 'approved' END AS status, \
         CASE {mixed} / 80 % 5 WHEN 0 THEN '' WHEN 1 THEN 'Qualified' WHEN 2 THEN 'Proposal' WHEN 3 THEN 'Negotiation' ELSE 'Verbal' END AS stage, \
         CASE WHEN {mixed} / 400 % 12 < 9 THEN '2027-0' ELSE '2027-' END || CAST({mixed} / 400 % 12 + 1 AS text) AS month, n.i AS amount \
         FROM partners p, {} WHERE p.vendor_id = {this}",
        numbers(open)
    );
    let cells = format!(
        "INSERT INTO pipeline_cells (vendor_id, partner_id, kind, status, stage, month, currency, deals, amount_high, amount_low) \
         SELECT {this}, id, kind, status, stage, month, 'EUR', COUNT(*), 0, SUM(amount) FROM ({rows}) d GROUP BY id, kind, status, stage, month"
    );
    let segment = |dimension: &str, key: &str, grouped: &str| {
        format!(
            "INSERT INTO pipeline_sums (vendor_id, dimension, key, status, stage, month, currency, kind, deals, amount_high, amount_low) \
             SELECT c.vendor_id, '{dimension}', {key}, c.status, c.stage, c.month, c.currency, c.kind, SUM(c.deals), 0, SUM(c.amount_low) \
             FROM pipeline_cells c JOIN partners p ON p.vendor_id = c.vendor_id AND p.id = c.partner_id WHERE c.vendor_id = {this} \
             GROUP BY c.vendor_id, {grouped}c.status, c.stage, c.month, c.currency, c.kind"
        )
    };
    let each = format!(
        "INSERT INTO pipeline_partners (vendor_id, partner_id, kind, currency, deals, amount_high, amount_low) \
         SELECT vendor_id, partner_id, kind, currency, SUM(deals), 0, SUM(amount_low) FROM pipeline_cells WHERE vendor_id = {this} \
         GROUP BY vendor_id, partner_id, kind, currency"
    );
    for sql in [of_partners, cells, each, segment("all", "''", ""), segment("tier", "p.tier", "p.tier, ")] {
        // Millions of rows take longer than any request may.
        let sql = if service.on == On::Postgres { format!("SET statement_timeout = 0; {sql}") } else { sql };
        service.app().db().migrator().await.execute_unprepared(&sql).await.expect("sums");
    }
    service.analyze().await;
}
