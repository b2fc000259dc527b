//! The vendor's CRM comes in: accounts and opportunities as they are, mended by the mapping and not by hand.

use super::call::{Caller, text};
use super::words::{begin, detail, line, number, say, time};
use crate::serve::Failure;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The CRM's own files, within the binary so that it works anywhere.
pub(super) const ACCOUNTS: &str = include_str!("../../../../examples/crm/accounts.csv");
const OPPORTUNITIES: &str = include_str!("../../../../examples/crm/sales_pipeline.csv");
pub(super) const PRODUCTS: &str = include_str!("../../../../examples/crm/products.csv");

/// How often an import is asked how far it has come.
const ASK: Duration = Duration::from_millis(50);
/// An import that has not ended by now never will.
const PATIENCE: Duration = Duration::from_secs(120);

/// The countries of the file, as ISO 3166-1 spells and codes them.
pub(super) const COUNTRIES: &[(&str, &str)] = &[
    ("Belgium", "BE"),
    ("Brazil", "BR"),
    ("China", "CN"),
    ("Germany", "DE"),
    ("Italy", "IT"),
    ("Japan", "JP"),
    ("Jordan", "JO"),
    ("Kenya", "KE"),
    ("Korea, Republic of", "KR"),
    ("Norway", "NO"),
    ("Panama", "PA"),
    ("Philippines", "PH"),
    ("Poland", "PL"),
    ("Romania", "RO"),
    ("United States", "US"),
];
/// The countries that the file spells in its own way.
pub(super) const OWN_SPELLINGS: &[(&str, &str)] = &[("Philipines", "PH"), ("Korea", "KR")];

/// What the imports came to, for the closing table.
#[derive(Default)]
pub(super) struct Imported {
    /// Rows that are here.
    pub(super) rows: i64,
    /// Rows that were refused even so.
    pub(super) missing: i64,
    /// Rows that a second import made again; there should be none.
    pub(super) doubled: i64,
    /// Rows that the trials refused, by field and code.
    pub(super) refused: BTreeMap<String, usize>,
}

/// Try the files, mend the mapping, import, and import again.
pub(super) async fn bring(crm: &Caller) -> Result<Imported, Failure> {
    let mut all = Imported::default();
    say("accounts.csv, tried first with `validate_only` and country names as ISO spells them:");
    refusals(crm, &trial(accounts(COUNTRIES)), ACCOUNTS, &mut all).await?;
    say("The mapping learns those spellings (and that `technolgy` is technology). Now for good:");
    let spellings: Vec<_> = COUNTRIES.iter().chain(OWN_SPELLINGS).copied().collect();
    all.take(&import(crm, &accounts(&spellings), ACCOUNTS).await?);

    say("sales_pipeline.csv, tried first with only the names that products.csv knows:");
    let products = products()?;
    refusals(crm, &trial(opportunities(products.clone())), OPPORTUNITIES, &mut all).await?;
    say("The mapping learns that `GTXPro` is GTX Pro. Now for good:");
    let mended = products.into_iter().chain([("GTXPro".to_owned(), "GTX Pro".to_owned())]).collect();
    let mapping = opportunities(mended);
    all.take(&import(crm, &mapping, OPPORTUNITIES).await?);
    say("The same file once more, as after a crash or a double click:");
    all.doubled = report(&import(crm, &mapping, OPPORTUNITIES).await?);
    read_back(crm).await?;
    Ok(all)
}

fn accounts(countries: &[(&str, &str)]) -> Value {
    json!({
        "resource": "accounts", "format": "csv",
        "mapping": {"external_id": "account", "name": "account", "industry": "sector", "country": "office_location", "parent_external_id": "subsidiary_of"},
        "values": {"industry": {"technolgy": "technology"}, "country": countries.iter().copied().collect::<BTreeMap<_, _>>()},
        "on_unknown": {"country": "refuse"}})
}

fn opportunities(products: BTreeMap<String, String>) -> Value {
    json!({
        "resource": "opportunities", "format": "csv",
        "mapping": {"external_id": "opportunity_id", "name": "opportunity_id", "account_external_id": "account", "status": "deal_stage", "stage": "deal_stage",
            "product": "product", "amount": "close_value", "opened_on": "engage_date", "closes_on": "close_date", "owner": "sales_agent"},
        "values": {"status": {"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}, "product": products},
        "on_unknown": {"status": "refuse", "product": "refuse"}, "currency": "USD", "amount_unit": "major"})
}

/// The names in products.csv, each meaning itself.
fn products() -> Result<BTreeMap<String, String>, Failure> {
    let mut names = BTreeMap::new();
    for row in csv::Reader::from_reader(PRODUCTS.as_bytes()).records() {
        let name = row?.get(0).unwrap_or_default().to_owned();
        names.insert(name.clone(), name);
    }
    Ok(names)
}

fn trial(mut import: Value) -> Value {
    import["validate_only"] = true.into();
    import
}

/// An import that has ended, and how long it took.
struct Ended {
    import: Value,
    took: Duration,
}

impl Ended {
    fn count(&self, of: &str) -> i64 {
        self.import["progress"][of].as_i64().unwrap_or_default()
    }

    fn rows(&self) -> i64 {
        ["created", "updated", "unchanged", "refused"].iter().map(|of| self.count(of)).sum()
    }
}

/// Describe the import, send the file, and follow it to its end.
async fn import(crm: &Caller, description: &Value, file: &'static str) -> Result<Ended, Failure> {
    let id = text(&crm.post("/v1/imports", description).await?, "/id").to_owned();
    let begun = Instant::now();
    crm.put_csv(&format!("/v1/imports/{id}/content"), file).await?;
    let mut shown = 0;
    loop {
        let import = crm.get(&format!("/v1/imports/{id}")).await?;
        let (done, total) = (import["progress"]["bytes_done"].as_i64().unwrap_or(0), import["progress"]["bytes_total"].as_i64().unwrap_or(0).max(1));
        match text(&import, "/status") {
            "succeeded" => {
                end_progress(shown);
                return Ok(Ended { import, took: begun.elapsed() });
            }
            "queued" | "running" if begun.elapsed() < PATIENCE => shown = progress(done * 100 / total, shown),
            other => return Err(format!("The import {id} is {other} after {}: {}", time(begun.elapsed()), text(&import, "/failure/detail")).into()),
        }
        tokio::time::sleep(ASK).await;
    }
}

/// Show every tenth of the way, on one line.
fn progress(percent: i64, shown: i64) -> i64 {
    if percent < shown + 10 {
        return shown;
    }
    begin(format!("{}{percent} %", if shown == 0 { "     … " } else { ", " }));
    percent
}

fn end_progress(shown: i64) {
    if shown > 0 {
        line(", done");
    }
}

impl Imported {
    /// Count an import that was meant.
    fn take(&mut self, ended: &Ended) {
        self.rows += report(ended);
        self.missing += ended.count("refused");
    }
}

/// Say what became of the rows; returns how many are here now because of it.
fn report(ended: &Ended) -> i64 {
    let would = if ended.import["validate_only"] == true { "would be " } else { "" };
    let parts = ["created", "updated", "unchanged", "refused"].iter().filter(|of| ended.count(of) > 0);
    let parts: Vec<_> = parts.map(|of| format!("{} {would}{of}", number(ended.count(of)))).collect();
    let rate = ended.rows() as f64 / ended.took.as_secs_f64();
    let rate = if ended.rows() > 1_000 { format!(", {} rows/s", number(rate as i64)) } else { String::new() };
    detail(format!("{} rows in {}{rate}: {}", number(ended.rows()), time(ended.took), parts.join(", ")));
    ended.count("created")
}

/// Import, and show why rows were refused.
async fn refusals(crm: &Caller, description: &Value, file: &'static str, all: &mut Imported) -> Result<(), Failure> {
    let ended = import(crm, description, file).await?;
    report(&ended);
    let rows = crm.all(&format!("/v1/imports/{}/errors", text(&ended.import, "/id"))).await?;
    let mut by_code = BTreeMap::<String, usize>::new();
    for error in rows.iter().flat_map(|row| row["errors"].as_array().into_iter().flatten()) {
        *by_code.entry(format!("{} {}", text(error, "/pointer"), text(error, "/code"))).or_default() += 1;
    }
    for (code, count) in by_code {
        detail(format!("refused {} times: {code}", number(count)));
        *all.refused.entry(code).or_default() += count;
    }
    for row in rows.iter().take(2) {
        let cells: Vec<_> = row["cells"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        detail(format!("line {}: {} [{}]", row["line"], text(row, "/errors/0/detail"), cells.join(",")));
    }
    Ok(())
}

/// Read all of it back, page by page, as a CRM integrator would to compare.
async fn read_back(crm: &Caller) -> Result<(), Failure> {
    let rows = crm.all("/v1/opportunities?sort=updated_at").await?;
    let are = |status: &str| number(rows.iter().filter(|row| row["status"] == status).count());
    let adrift = rows.iter().filter(|row| row.get("account_external_id").is_none()).count();
    say(format!(
        "Read back over the API: {} opportunities ({} won, {} lost, {} open), {} of them without account, as in the file.",
        number(rows.len()),
        are("won"),
        are("lost"),
        are("open"),
        number(adrift)
    ));
    Ok(())
}
