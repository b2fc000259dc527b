//! Versions of templates: drafted, published, retired; and which one fits a partner.

use super::body::AgreementTemplateDraft;
use super::events::{AgreementTemplateDrafted, AgreementTemplatePublished, AgreementTemplateRetired};
use super::store::{self, TemplateRow};
use super::{AgreementTemplateId, outside};
use crate::{error, versioned};
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::locale::Languages;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, Page, PageQuery, Params, Problem, Scope, Tx, Valid};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Whether a version of a template is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementTemplateStatus {
    /// No agreement is made of it yet.
    Draft,
    /// Never changes again; the latest published version of a name is taken.
    Published,
    /// No agreement is made of it any more.
    Retired,
}

/// A version of a template.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "agt_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 1, "status": "draft", "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["publish"], "template": {"name": "nda", "kind": "nda", "title": {"en": "Non-disclosure"},
    "body": {"en": "{{ partner.name }} keeps secrets."}, "partner_types": [], "regions": [], "page": "https://partners.acme.example/sign",
    "expires_days": 30, "asks_again": false, "signers": [{"role": "partner", "side": "partner", "title": {"en": "For the partner"}}]}}))]
pub struct AgreementTemplate {
    /// Its id.
    pub id: AgreementTemplateId,
    /// Its number among those of its name.
    pub version: i64,
    /// Whether it is taken.
    pub status: AgreementTemplateStatus,
    /// What it says.
    pub template: AgreementTemplateDraft,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now: `publish`, `retire`.
    pub available_actions: Vec<String>,
}

impl Resource for AgreementTemplate {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/agreement-templates/{}", self.id))
    }
}

impl AgreementTemplate {
    fn of(row: &TemplateRow, who: &Actor) -> Result<Self, Problem> {
        let status = match row.status.as_str() {
            "draft" => AgreementTemplateStatus::Draft,
            "published" => AgreementTemplateStatus::Published,
            _ => AgreementTemplateStatus::Retired,
        };
        Ok(Self {
            id: row.id(),
            version: row.version,
            status,
            template: row.body()?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: versioned::actions(&row.status, who.grants & Permission::ManageOnboarding.bit() != 0),
        })
    }
}

/// How well a template fits a partner, and how well its languages: nothing if it is for others.
fn fit(body: &AgreementTemplateDraft, partner: &partners::partner::Model, languages: &Languages) -> Option<(u8, u8, u8)> {
    let region = partner.region.as_deref().map(kernel::text::fold);
    let types = body.partner_types.is_empty() || body.partner_types.contains(&partner.kind);
    let regions = body.regions.is_empty() || body.regions.iter().any(|one| Some(kernel::text::fold(one)) == region);
    let narrow = u8::from(!body.partner_types.is_empty()) + u8::from(!body.regions.is_empty());
    let fits = languages.fits(body.body.keys().map(String::as_str));
    (types && regions).then_some((fits.min(1), narrow, fits))
}

/// The published template of this kind that fits a partner best: by language, then the narrowest, then by name.
pub async fn choose(
    db: &impl ConnectionTrait,
    scope: Scope,
    kind: &str,
    partner: &partners::partner::Model,
    languages: &Languages,
) -> Result<Option<TemplateRow>, Problem> {
    let (mut seen, mut best) = (HashSet::new(), None);
    for row in store::published(db, scope.vendor(), kind).await? {
        // The latest version speaks for its name, even if it is taken no more.
        if !seen.insert(row.name.clone()) || row.status != "published" {
            continue;
        }
        let Some(fits) = fit(&row.body()?, partner, languages) else { continue };
        if best.as_ref().is_none_or(|(before, _)| fits > *before) {
            best = Some((fits, row));
        }
    }
    Ok(best.map(|(_, row)| row))
}

async fn draft(tx: &mut Tx, template: AgreementTemplateDraft) -> Result<AgreementTemplate, Problem> {
    template.check()?;
    if let Some(service) = template.signature_service_id
        && !outside::exists(tx, service).await?
    {
        return Err(Problem::invalid("/signature_service_id", "not_found", "There is no such signature service."));
    }
    let row = TemplateRow {
        vendor_id: tx.vendor().0,
        id: AgreementTemplateId::fresh().0,
        version: store::last_version(tx, &template.name).await? + 1,
        status: "draft".into(),
        kind: template.kind.clone(),
        asks_again: i64::from(template.asks_again),
        body: serde_json::to_string(&template).map_err(Problem::internal)?,
        name: template.name,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    versioned::numbered(store::insert_template(tx, row.clone()).await?)?;
    let shown = AgreementTemplate::of(&row, tx.actor())?;
    tx.emit(AgreementTemplateDrafted { agreement_template: shown.clone() });
    Ok(shown)
}

async fn turn(tx: &mut Tx, id: AgreementTemplateId, way: (&str, &str)) -> Result<AgreementTemplate, Problem> {
    let mut row = store::template(tx, tx.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    versioned::turn(&mut row, tx.actor(), way, error::AGREEMENT_TEMPLATE_ILLEGAL_MOVE)?;
    versioned::written(store::update_template(tx, &mut row).await?)?;
    AgreementTemplate::of(&row, tx.actor())
}

async fn publish(tx: &mut Tx, id: AgreementTemplateId) -> Result<AgreementTemplate, Problem> {
    let shown = turn(tx, id, ("draft", "published")).await?;
    tx.emit(AgreementTemplatePublished { agreement_template: shown.clone() });
    Ok(shown)
}

async fn retire(tx: &mut Tx, id: AgreementTemplateId) -> Result<AgreementTemplate, Problem> {
    let shown = turn(tx, id, ("published", "retired")).await?;
    tx.emit(AgreementTemplateRetired { agreement_template: shown.clone() });
    Ok(shown)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_agreement_template, list_agreement_templates))
        .routes(routes!(get_agreement_template))
        .routes(routes!(publish_agreement_template))
        .routes(routes!(retire_agreement_template))
}

/// Draft a version of a template.
///
/// The first draft of a name is its version 1. Its text is checked here, each fault by its line: variables that there are not, what takes too long,
/// and what has no place on paper. A published version is never changed.
#[utoipa::path(post, path = "/agreement-templates", operation_id = "draft_agreement_template", tag = "agreements",
    request_body = AgreementTemplateDraft, security(("bearer" = ["onboarding:manage"])),
    responses((status = 201, description = "The draft.", body = AgreementTemplate)))]
async fn draft_agreement_template(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    Valid(body): Valid<AgreementTemplateDraft>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgreementTemplateQuery {
    /// Only versions of this name.
    #[param(max_length = 60)]
    pub name: Option<String>,
    /// Only of this kind.
    #[param(max_length = 60)]
    pub kind: Option<String>,
    /// Only versions in this status.
    pub status: Option<AgreementTemplateStatus>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List versions of templates, newest first.
#[utoipa::path(get, path = "/agreement-templates", operation_id = "list_agreement_templates", tag = "agreements", params(AgreementTemplateQuery),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<AgreementTemplate>)))]
async fn list_agreement_templates(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    Params(query): Params<AgreementTemplateQuery>,
) -> Result<Json<Page<AgreementTemplate>>, Problem> {
    const LIST: &str = "agreement_templates";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let status = query.status.map(|status| match status {
        AgreementTemplateStatus::Draft => "draft",
        AgreementTemplateStatus::Published => "published",
        AgreementTemplateStatus::Retired => "retired",
    });
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = store::list_templates(&db, who.scope, (query.name.as_deref(), query.kind.as_deref(), status), before, limit + 1).await?;
    let page = Page::of(LIST, rows, limit, |row| row.id);
    Ok(Json(page.try_map(|row| AgreementTemplate::of(&row, &who))?))
}

/// Read a version of a template.
#[utoipa::path(get, path = "/agreement-templates/{id}", operation_id = "get_agreement_template", tag = "agreements",
    params(("id" = AgreementTemplateId, Path, description = "The version.")), security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "The version.", body = AgreementTemplate)))]
async fn get_agreement_template(State(app): State<App>, who: Can<may::ManagePartners>, At(id): At<AgreementTemplateId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::template(&db, who.scope.vendor(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &AgreementTemplate::of(&row, &who)?).into_response(false))
}

/// Publish a version: from now on agreements are made of it.
///
/// If it `asks_again`, agreements of earlier versions are `outdated` from now on, until the partner has signed this one.
#[utoipa::path(post, path = "/agreement-templates/{id}/publish", operation_id = "publish_agreement_template", tag = "agreements",
    params(("id" = AgreementTemplateId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    security(("bearer" = ["onboarding:manage"])),
    responses(
        (status = 200, description = "The published version.", body = AgreementTemplate),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_agreement_template(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    At(id): At<AgreementTemplateId>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| publish(tx, id).await).await
}

/// Retire a version: if it is the latest of its name, no agreement is made of this template any more. What was made of it stays.
#[utoipa::path(post, path = "/agreement-templates/{id}/retire", operation_id = "retire_agreement_template", tag = "agreements",
    params(("id" = AgreementTemplateId, Path, description = "The published version."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the version must still have; 412 if it has another.")),
    security(("bearer" = ["onboarding:manage"])),
    responses(
        (status = 200, description = "The retired version.", body = AgreementTemplate),
        (status = 412, description = "The version has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn retire_agreement_template(
    State(app): State<App>,
    who: Can<may::ManageOnboarding>,
    At(id): At<AgreementTemplateId>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| retire(tx, id).await).await
}
