//! Leads over HTTP.

use super::candidates::{self, LeadCandidates};
use super::capture::{Captured, Origin, capture, resembling};
use super::place::Why;
use super::rules::LeadStatus;
use super::store::{self, Filter, json};
use super::types::{Lead, LeadAdvance, LeadAssign, LeadCapture, LeadConvert, LeadNote, LeadOffer, LeadPatch, LeadReason};
use super::{LeadId, moves, versions};
use crate::service::ground::Ground;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(capture_lead, list_leads))
        .routes(routes!(get_lead, update_lead))
        .routes(routes!(get_lead_candidates))
        .routes(routes!(list_lead_offers))
        .routes(routes!(qualify_lead))
        .routes(routes!(distribute_lead))
        .routes(routes!(assign_lead))
        .routes(routes!(accept_lead))
        .routes(routes!(decline_lead))
        .routes(routes!(advance_lead))
        .routes(routes!(convert_lead))
        .routes(routes!(close_lead))
        .routes(routes!(recall_lead))
        .routes(routes!(disqualify_lead))
        .routes(routes!(reopen_lead))
}

/// A lead as it is answered when it was captured: 200 if one of its external id was there.
#[derive(Serialize)]
#[serde(transparent)]
struct LeadAnswer {
    lead: Lead,
    #[serde(skip)]
    there: bool,
}

impl Resource for LeadAnswer {
    fn revision(&self) -> Option<i64> {
        self.lead.revision()
    }
    fn location(&self) -> Option<String> {
        self.lead.location()
    }
    fn status(&self) -> Option<StatusCode> {
        Some(if self.there { StatusCode::OK } else { StatusCode::CREATED })
    }
}

/// Capture a lead.
///
/// It is scored, compared with what is there (`duplicates` says with what it agrees), and offered to the next partner at once; unless it is a
/// duplicate, has too few points or is to be held, and then it waits for the vendor. One whose `external_id` is there already is answered as it is.
#[utoipa::path(post, path = "/leads", operation_id = "capture_lead", tag = "leads", request_body = LeadCapture,
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 201, description = "The lead.", body = Lead),
        (status = 200, description = "The lead that has this external_id.", body = Lead)))]
async fn capture_lead(State(app): State<App>, who: Can<may::ManageLeads>, Valid(body): Valid<LeadCapture>) -> Result<Response, Problem> {
    let alike = resembling(&app, who.scope.vendor(), &body.company).await;
    app.reply(&who, StatusCode::CREATED, async |tx| {
        let (row, there) = match capture(tx, body, Origin::Api, alike?).await? {
            Captured::New(row) => (row, false),
            Captured::There(row) => (row, true),
        };
        Ok::<_, Problem>(LeadAnswer { lead: moves::shown(tx, &row).await?, there })
    })
    .await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LeadQuery {
    /// Only leads in this status.
    pub status: Option<LeadStatus>,
    /// Only leads of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only leads that changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List leads, newest first: to a partner's people, those that it is asked about or has taken.
#[utoipa::path(get, path = "/leads", operation_id = "list_leads", tag = "leads", params(LeadQuery),
    security(("bearer" = ["leads:read"])),
    responses((status = 200, description = "A page of leads.", body = Page<Lead>)))]
async fn list_leads(State(app): State<App>, who: Can<may::ReadLeads>, Params(query): Params<LeadQuery>) -> Result<Json<Page<Lead>>, Problem> {
    const LIST: &str = "leads";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let filter = Filter { status: query.status, partner: query.partner_id, external_id: None, updated_since: query.updated_since };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let book = versions::in_force(&app, &db, who.scope.vendor(), app.clock().now()).await?;
    let rows = store::list(&db, who.scope, &filter, before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| row.seen_by(&who, &book.rules.offer.preview))?))
}

/// Read a lead. Before it has accepted, a partner sees what the vendor chose, and never the contact.
#[utoipa::path(get, path = "/leads/{id}", operation_id = "get_lead", tag = "leads", params(("id" = LeadId, Path, description = "The lead.")),
    security(("bearer" = ["leads:read"])),
    responses((status = 200, description = "The lead.", body = Lead)))]
async fn get_lead(State(app): State<App>, who: Can<may::ReadLeads>, At(id): At<LeadId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let book = versions::in_force(&app, &db, who.scope.vendor(), app.clock().now()).await?;
    Ok(Answer::of(StatusCode::OK, &row.seen_by(&who, &book.rules.offer.preview)?).into_response(false))
}

/// Change what is known of a lead; it is scored anew.
#[utoipa::path(patch, path = "/leads/{id}", operation_id = "update_lead", tag = "leads", params(("id" = LeadId, Path, description = "The lead.")),
    request_body = LeadPatch, security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The lead as it now is.", body = Lead)))]
async fn update_lead(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::patch(tx, id, body).await).await
}

/// Read who would be asked about a lead now, and why: each factor's value, weight and contribution, and why others are not asked.
#[utoipa::path(get, path = "/leads/{id}/candidates", operation_id = "get_lead_candidates", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead.")), security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The candidates.", body = LeadCandidates)))]
async fn get_lead_candidates(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<LeadId>) -> Result<Json<LeadCandidates>, Problem> {
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let book = versions::in_force(&app, &db, vendor, app.clock().now()).await?;
    candidates::explain(&db, vendor, &row, &book, app.clock().now()).await.map(Json)
}

/// Whom a lead was offered to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"data": []}))]
pub struct LeadOffers {
    /// The offers, the first first.
    pub data: Vec<LeadOffer>,
}

/// List whom a lead was offered to, why, and what became of it.
#[utoipa::path(get, path = "/leads/{id}/offers", operation_id = "list_lead_offers", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead.")), security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The offers.", body = LeadOffers)))]
async fn list_lead_offers(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<LeadId>) -> Result<Json<LeadOffers>, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let shown = |offer: store::OfferRow| {
        let why: Why = json(&offer.why)?;
        Ok::<_, Problem>(LeadOffer {
            number: offer.number,
            partner_id: PartnerId(offer.partner_id),
            by: why.by,
            detail: why.detail,
            score: why.score,
            rules_version: why.rules_version,
            outcome: json(&format!("\"{}\"", offer.outcome))?,
            reason: offer.reason,
            offered_at: offer.offered_at,
            until: offer.until,
            answered_at: offer.answered_at,
        })
    };
    let data = store::offers(&db, who.scope, row.id()).await?.into_iter().map(shown).collect::<Result<_, _>>()?;
    Ok(Json(LeadOffers { data }))
}

/// Find a lead good enough to be handed out.
#[utoipa::path(post, path = "/leads/{id}/qualify", operation_id = "qualify_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body(content = Option<LeadNote>, description = "Why."),
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn qualify_lead(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    At(id): At<LeadId>,
    OptionalValid(body): OptionalValid<LeadNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::qualify(tx, id, body.reason).await).await
}

/// Offer a lead to the next partner, by the rules in force.
#[utoipa::path(post, path = "/leads/{id}/distribute", operation_id = "distribute_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn distribute_lead(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<LeadId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::distribute(tx, id).await).await
}

/// Offer a lead to a partner by hand, even to one that was asked before.
#[utoipa::path(post, path = "/leads/{id}/assign", operation_id = "assign_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body = LeadAssign,
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn assign_lead(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadAssign>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::assign(tx, id, body).await).await
}

/// Accept a lead. Only then is the contact shown.
#[utoipa::path(post, path = "/leads/{id}/accept", operation_id = "accept_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body(content = Option<LeadNote>, description = "Why."),
    security(("bearer" = ["leads:work"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn accept_lead(
    State(app): State<App>,
    who: Can<may::WorkLeads>,
    At(id): At<LeadId>,
    OptionalValid(body): OptionalValid<LeadNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::accept(tx, id, body.reason).await).await
}

/// Decline a lead, or give it back: the next partner is asked, and this one is not again.
#[utoipa::path(post, path = "/leads/{id}/decline", operation_id = "decline_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body = LeadReason,
    security(("bearer" = ["leads:work"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn decline_lead(
    State(app): State<App>,
    who: Can<may::WorkLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::decline(tx, id, body.reason).await).await
}

/// Tell how far a lead has come.
#[utoipa::path(post, path = "/leads/{id}/advance", operation_id = "advance_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body = LeadAdvance,
    security(("bearer" = ["leads:work"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn advance_lead(
    State(app): State<App>,
    who: Can<may::WorkLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadAdvance>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::advance(tx, id, body).await).await
}

/// Convert a lead into a deal.
///
/// The deal is registered in the ordinary way, for the lead's partner and with its company as the customer, so the rules of engagement decide;
/// its `source` names the lead. The lead follows its deal: won or lost with it, and back to work if it is rejected, withdrawn or expires.
#[utoipa::path(post, path = "/leads/{id}/convert", operation_id = "convert_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body = LeadConvert,
    security(("bearer" = ["leads:work"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn convert_lead(
    State(app): State<App>,
    who: Can<may::WorkLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadConvert>,
) -> Result<Response, Problem> {
    let lay = async || {
        let row = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope, id).await?.ok_or_else(Problem::not_found)?;
        super::rules::require(row.status()?, super::rules::LeadAction::Convert)?;
        Ground::lay(&app, &who, &moves::deal_of(&row, &body)?, None).await
    };
    // What stands in the way is said in the write: a repeated request first gets its first answer again.
    let ground = lay().await;
    app.reply(&who, StatusCode::OK, async |tx| moves::convert(tx, id, body, ground?).await).await
}

/// Give a lead up as lost.
#[utoipa::path(post, path = "/leads/{id}/close", operation_id = "close_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body = LeadReason,
    security(("bearer" = ["leads:work"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn close_lead(
    State(app): State<App>,
    who: Can<may::WorkLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::close(tx, id, body.reason).await).await
}

/// Take a lead back from its partner; it waits for the vendor.
#[utoipa::path(post, path = "/leads/{id}/recall", operation_id = "recall_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body = LeadReason,
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn recall_lead(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::recall(tx, id, body.reason).await).await
}

/// Say that a lead is none.
#[utoipa::path(post, path = "/leads/{id}/disqualify", operation_id = "disqualify_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body = LeadReason,
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn disqualify_lead(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    At(id): At<LeadId>,
    Valid(body): Valid<LeadReason>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::disqualify(tx, id, body.reason).await).await
}

/// Look at a disqualified lead again.
#[utoipa::path(post, path = "/leads/{id}/reopen", operation_id = "reopen_lead", tag = "leads",
    params(("id" = LeadId, Path, description = "The lead."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the lead must still have; 412 if it has another.")),
    request_body(content = Option<LeadNote>, description = "Why."),
    security(("bearer" = ["leads:manage"])),
    responses(
        (status = 200, description = "The lead as it now is.", body = Lead),
        (status = 412, description = "The lead has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn reopen_lead(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    At(id): At<LeadId>,
    OptionalValid(body): OptionalValid<LeadNote>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| moves::reopen(tx, id, body.reason).await).await
}
