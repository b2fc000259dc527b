//! What concerns a partner, wherever it happened: its relationship with the vendor, from the log.
//!
//! A reader keeps, for each partner, the sequences of the events that are about it or about something of it. What an entry tells is read from the log
//! itself, and only what the caller may see of it.

use super::reach::{self, Whose};
use access::{Can, Field, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use kernel::actor::ActorRef;
use kernel::id::PartnerId;
use kernel::log::{self, Envelope};
use kernel::readers::{React, Reader};
use kernel::{App, At, Page, PageQuery, Params, Problem, Subject, Tx};
use sea_orm::{ConnectionTrait, Statement, Value as Sql};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The events that may be about a partner.
const TYPES: &[&str] = &[
    "partner.*",
    "partner_contact.*",
    "partner_contract.*",
    "partner_document.*",
    "partner_note.*",
    "partner_esg_fact.*",
    "partner_review.*",
    "partner_review_action.*",
    "agreement.*",
    "onboarding.*",
    "onboarding_task.*",
    "access_grant.*",
    "person.*",
    "deal.*",
    "deal_comment.*",
    "lead.*",
    "referral.*",
    "referral_reward.*",
    "named_account.*",
];

pub(crate) fn reader() -> Reader {
    // Named anew when it takes in more: then it begins with the first event.
    Reader { name: "partners.history", types: TYPES, relevant: None, react: React::Each(|tx, event| Box::pin(keep(tx, event))) }
}

async fn keep(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
    let (Whose::Partners(partner) | Whose::VendorsAbout(partner)) = reach::whose(event, &data) else { return Ok(()) };
    let sql = "INSERT INTO partner_timeline (vendor_id, partner_id, sequence) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let values = [tx.vendor().0.into(), partner.0.into(), event.sequence.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Something that happened between the vendor and a partner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"sequence": 7, "type": "deal.approved", "occurred_at": "2026-11-20T12:00:00Z",
    "subject": {"type": "deal", "id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "revision": 1},
    "actor": {"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"}}))]
pub struct PartnerTimelineEntry {
    /// Its place in the vendor's log.
    pub sequence: i64,
    /// What happened: the type of the event. More types come.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What it happened to.
    pub subject: Subject,
    /// Who did it; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor: Option<ActorRef>,
}

/// Read what happened between the vendor and a partner, newest first.
///
/// It takes in the partner itself, its people, contacts, agreements and contracts, documents, onboarding, access, deals, leads and
/// referrals. It follows the log within a second or so;
/// a page may hold less than was asked for where something is not for the caller.
#[utoipa::path(get, path = "/partners/{id}/timeline", operation_id = "get_partner_timeline", tag = "partners",
    params(("id" = PartnerId, Path, description = "The partner."), PageQuery), security(("bearer" = ["partners:read"])),
    responses((status = 200, description = "A page of entries.", body = Page<PartnerTimelineEntry>)))]
pub(super) async fn get_partner_timeline(
    State(app): State<App>,
    who: Can<may::ReadPartners>,
    At(id): At<PartnerId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PartnerTimelineEntry>>, Problem> {
    const LIST: &str = "partner:timeline";
    let (vendor, limit, before) = (who.scope.vendor(), page.limit()?, page.after::<i64>(LIST)?);
    let db = app.db().read_of(vendor).await?;
    partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let sql = "SELECT sequence FROM partner_timeline WHERE vendor_id = $1 AND partner_id = $2 AND sequence < $3 ORDER BY sequence DESC LIMIT $4";
    let values: [Sql; 4] = [vendor.0.into(), id.0.into(), before.unwrap_or(i64::MAX).into(), (limit as i64 + 1).into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(app.db().backend(), sql, values)).await?;
    let sequences = rows.into_iter().map(|row| row.try_get("", "sequence")).collect::<Result<Vec<i64>, _>>()?;
    let page = Page::of(LIST, sequences, limit, |sequence| *sequence);
    let mut events = reach::shown(&db, who.scope, log::read_these(&app, &db, vendor, &page.data).await?).await?;
    if who.scope.partner().is_some() {
        events.retain(|event| !event.kind.starts_with("deal.") || dealreg::events::told_to_partners().contains(&event.kind));
    }
    events.reverse();
    let actors = Field::VendorsActors.shown_to(&who);
    let entry = |event: Envelope| PartnerTimelineEntry {
        sequence: event.sequence,
        kind: event.kind,
        occurred_at: event.occurred_at,
        subject: event.subject,
        actor: actors.then_some(event.actor),
    };
    Ok(Json(Page { data: events.into_iter().map(entry).collect(), next_cursor: page.next_cursor }))
}
