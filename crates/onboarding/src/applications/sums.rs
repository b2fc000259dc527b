//! What the funnel adds up, kept by day, form, type, region and step: so it costs the same however many have applied.
//!
//! A reader moves the sums after each application: what it added before goes, what it adds now comes.

use super::ApplicationId;
use super::rules::ApplicationStatus;
use chrono::{DateTime, Utc};
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;
use uuid::Uuid;

/// What is timed: the beginning of its columns' names, and the seconds that it took one application. The first five are those of the steps.
pub const TIMES: [(&str, &str); 9] = [
    ("confirm", "seconds_to_confirm"),
    ("submit", "seconds_to_submit"),
    ("decide", "seconds_to_decide"),
    ("approve", "seconds_to_approve"),
    ("log_in", "seconds_to_log_in"),
    ("approval", "seconds_to_decide + seconds_to_approve"),
    ("signature", "seconds_to_sign"),
    ("first_login", "seconds_to_decide + seconds_to_approve + seconds_to_log_in"),
    ("first_deal", "seconds_to_deal"),
];

/// Whether an application is over without a partner: 1 or 0.
pub static LOST: LazyLock<String> = LazyLock::new(|| {
    let lost = ApplicationStatus::ALL.iter().filter(|status| !status.is_live() && **status != ApplicationStatus::Approved);
    let lost = lost.map(|status| format!("'{}'", status.wire())).collect::<Vec<_>>().join(", ");
    format!("CASE WHEN status IN ({lost}) THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END")
});

/// Follows whatever moves an application.
pub fn reader() -> Reader {
    Reader {
        name: "applications.funnel",
        types: &["application.*"],
        relevant: None,
        react: React::Together(|tx, events| Box::pin(follow(tx, events))),
    }
}

/// Where an application is counted, and what it adds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    day: String,
    form: Uuid,
    partner_type: String,
    region: String,
    step: i64,
    lost: i64,
    seconds: [Option<i64>; TIMES.len()],
}

async fn follow(tx: &mut Tx, events: &[Envelope]) -> Result<(), Problem> {
    let ids: BTreeSet<Uuid> = events.iter().filter_map(|event| Some(event.subject.id.parse::<ApplicationId>().ok()?.0)).collect();
    let counted = counted(tx, &ids).await?;
    for (id, part) in parts(tx, &ids).await? {
        let before = counted.get(&id);
        if before == Some(&part) {
            continue;
        }
        if let Some(before) = before {
            add(tx, before, -1).await?;
        }
        add(tx, &part, 1).await?;
        keep(tx, id, &part).await?;
    }
    Ok(())
}

async fn of_these(tx: &Tx, select: &str, ids: &BTreeSet<Uuid>) -> Result<Vec<QueryResult>, DbErr> {
    let among = (2..ids.len() + 2).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
    let values = std::iter::once(tx.vendor().0).chain(ids.iter().copied()).map(Value::from);
    tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), format!("{select} IN ({among})"), values)).await
}

/// What these applications are counted as.
async fn counted(tx: &Tx, ids: &BTreeSet<Uuid>) -> Result<HashMap<Uuid, Part>, Problem> {
    let rows = of_these(tx, "SELECT application_id, part FROM application_parts WHERE vendor_id = $1 AND application_id", ids).await?;
    let read = |row: QueryResult| Ok((row.try_get_by_index(0)?, super::store::json(&row.try_get_by_index::<String>(1)?)?));
    rows.into_iter().map(read).collect()
}

/// What they are to be counted as.
async fn parts(tx: &Tx, ids: &BTreeSet<Uuid>) -> Result<Vec<(Uuid, Part)>, DbErr> {
    let times: String = TIMES.iter().map(|(name, seconds)| format!(", {seconds} AS {name}")).collect();
    let lost = LOST.as_str();
    let select =
        format!("SELECT id, created_at, form_id, partner_type, region, step, {lost} AS lost{times} FROM applications WHERE vendor_id = $1 AND id");
    of_these(tx, &select, ids).await?.iter().map(|row| Ok((row.try_get("", "id")?, part(row)?))).collect()
}

fn part(row: &QueryResult) -> Result<Part, DbErr> {
    let or_empty = |column| row.try_get::<Option<String>>("", column).map(Option::unwrap_or_default);
    let mut seconds = [None; TIMES.len()];
    for (seconds, (name, _)) in seconds.iter_mut().zip(TIMES) {
        *seconds = row.try_get("", name)?;
    }
    Ok(Part {
        day: row.try_get::<DateTime<Utc>>("", "created_at")?.date_naive().to_string(),
        form: row.try_get("", "form_id")?,
        partner_type: or_empty("partner_type")?,
        region: or_empty("region")?,
        step: row.try_get("", "step")?,
        lost: row.try_get("", "lost")?,
        seconds,
    })
}

/// Columns that are added up.
static SUMMED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let times = TIMES.iter().flat_map(|(name, _)| [format!("{name}_seconds"), format!("{name}_count")]);
    std::iter::once("applications".to_owned()).chain(times).collect()
});

/// Add this once, or take it away once.
async fn add(tx: &Tx, part: &Part, once: i64) -> Result<(), DbErr> {
    const PLACE: &str = "vendor_id, day, form_id, partner_type, region, step, lost";
    let place: [Value; 7] = [
        tx.vendor().0.into(),
        part.day.as_str().into(),
        part.form.into(),
        part.partner_type.as_str().into(),
        part.region.as_str().into(),
        part.step.into(),
        part.lost.into(),
    ];
    let sums = part.seconds.iter().flat_map(|seconds| [seconds.unwrap_or(0) * once, if seconds.is_some() { once } else { 0 }]);
    let sums = std::iter::once(once).chain(sums).map(Value::from);
    let numbers = (1..=place.len() + SUMMED.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
    let added: Vec<_> = SUMMED.iter().map(|column| format!("{column} = application_sums.{column} + excluded.{column}")).collect();
    let sql = format!(
        "INSERT INTO application_sums ({PLACE}, {}) VALUES ({numbers}) ON CONFLICT ({PLACE}) DO UPDATE SET {}",
        SUMMED.join(", "),
        added.join(", ")
    );
    let backend = tx.get_database_backend();
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, place.iter().cloned().chain(sums))).await?;
    if once < 0 {
        // A region that nobody names any more may have been erased for somebody's sake.
        let sql = format!("DELETE FROM application_sums WHERE ({PLACE}) = ($1, $2, $3, $4, $5, $6, $7) AND applications = 0");
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, place)).await?;
    }
    Ok(())
}

async fn keep(tx: &Tx, id: Uuid, part: &Part) -> Result<(), DbErr> {
    let sql = "INSERT INTO application_parts (vendor_id, application_id, part) VALUES ($1, $2, $3) \
        ON CONFLICT (vendor_id, application_id) DO UPDATE SET part = excluded.part";
    let values = [tx.vendor().0.into(), id.into(), super::store::text(part).into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
}
