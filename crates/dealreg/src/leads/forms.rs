//! Forms: a token that stands in a web page and can do nothing but create leads.
//!
//! Whoever sends a form learns nothing: not whether the company is known, not what became of it. A form takes so many a minute, and a sixth of that from one
//! address; a field that people do not see is filled in by machines only, whose leads are dropped in silence; the same person with the same
//! company within a day is one lead. A page of another origin than the vendor lists is refused.

use super::capture::{Captured, Origin, capture, email_key, identified, resembling};
use super::types::{LeadCapture, LeadCompany, each_fits};
use super::{LeadFormId, store};
use crate::error;
use crate::types::DealContact;
use access::{Can, forms, may};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use chrono::{DateTime, Duration, Utc};
use kernel::actor::RequestInfo;
use kernel::app::Resource;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Event, Page, PageQuery, Params, Problem, Scope, Subject, Tx, Valid};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// The table of forms.
pub mod form {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "lead_forms")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub token_hash: String,
        pub campaign: Option<String>,
        pub per_minute: i64,
        pub status: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use form::{Column, Entity, Model};

/// A form to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Contact page", "campaign": "Web site", "per_minute": 60}))]
pub struct LeadFormCreate {
    /// What it is known as.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Where its leads came up.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default)]
    pub campaign: Option<String>,
    /// How many it takes a minute, from everybody together; 60 if absent.
    #[validate(range(min = 1, max = 6000))]
    #[schema(minimum = 1, maximum = 6000)]
    #[serde(default)]
    pub per_minute: Option<i64>,
}

/// Whether a form takes leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadFormStatus {
    /// It does.
    Open,
    /// It does not any more.
    Closed,
}

/// A form that creates leads.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "lfm_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contact page", "campaign": "Web site", "per_minute": 60, "status": "open",
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["close"]}))]
pub struct LeadForm {
    /// Its id.
    pub id: LeadFormId,
    /// What it is known as.
    pub name: String,
    /// Where its leads came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// How many it takes a minute.
    pub per_minute: i64,
    /// Whether it takes leads.
    pub status: LeadFormStatus,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What may be done with it now.
    pub available_actions: Vec<String>,
}

impl From<&Model> for LeadForm {
    fn from(row: &Model) -> Self {
        let open = row.status == "open";
        Self {
            id: LeadFormId(row.id),
            name: row.name.clone(),
            campaign: row.campaign.clone(),
            per_minute: row.per_minute,
            status: if open { LeadFormStatus::Open } else { LeadFormStatus::Closed },
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: open.then(|| "close".to_owned()).into_iter().collect(),
        }
    }
}

impl Resource for LeadForm {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/lead-forms/{}", self.id))
    }
}

/// A new form with its token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"lead_form": {"id": "lfm_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contact page", "per_minute": 60, "status": "open", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["close"]},
    "token": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.lfm_01jd3k7x2mfq8t9v5w6y0zabcd.00112233"}))]
pub struct LeadFormCreated {
    /// The form.
    pub lead_form: LeadForm,
    /// What the page sends with each lead; shown here and never again. It can do nothing else.
    pub token: String,
}

impl Resource for LeadFormCreated {
    fn location(&self) -> Option<String> {
        self.lead_form.location()
    }
}

macro_rules! form_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The form as it now is.
            pub lead_form: LeadForm,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("lead_form", self.lead_form.id, self.lead_form.revision)
            }
        })+

        pub(super) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

form_events! {
    LeadFormOpened = "lead_form.created" "A form was made that creates leads.";
    LeadFormClosed = "lead_form.closed" "A form takes no leads any more.";
}

/// What somebody wrote into a form.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd.lfm_01jd3k7x2mfq8t9v5w6y0zabcd.00112233", "company": "Fabrikam GmbH", "country": "DE",
    "name": "Ada Byron", "email": "ada@fabrikam.example", "message": "We need ten robots.", "interests": ["robots"]}))]
pub struct LeadSubmission {
    /// The form's token.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
    /// The company's name.
    #[validate(length(min = 1, max = 300), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub company: String,
    /// Where it sits: ISO 3166-1 alpha-2.
    #[validate(custom(function = kernel::country::country))]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: String,
    /// Who writes.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Their e-mail address.
    #[validate(length(max = 254), email)]
    #[schema(max_length = 254)]
    pub email: String,
    /// Their telephone number.
    #[validate(length(max = 50))]
    #[schema(max_length = 50)]
    #[serde(default)]
    pub phone: Option<String>,
    /// What they write.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_length = 1, max_length = 5000)]
    #[serde(default)]
    pub message: Option<String>,
    /// What they are interested in.
    #[validate(length(max = 20), custom(function = each_fits))]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub interests: Vec<String>,
    /// A field that the page hides from people: whatever fills it in is a machine.
    #[validate(length(max = 500))]
    #[schema(max_length = 500)]
    #[serde(default)]
    pub homepage: Option<String>,
}

/// That something was received; nothing else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"received": true}))]
pub struct LeadReceipt {
    /// Always true.
    pub received: bool,
}

impl Resource for LeadReceipt {}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0))
}

async fn create(tx: &mut Tx, new: LeadFormCreate) -> Result<LeadFormCreated, Problem> {
    let id = LeadFormId::fresh();
    let token = forms::token(tx.vendor(), id);
    let row = Model {
        vendor_id: tx.vendor().0,
        id: id.0,
        name: new.name,
        token_hash: forms::hash(&token),
        campaign: new.campaign,
        per_minute: new.per_minute.unwrap_or(60),
        status: "open".into(),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    let lead_form = LeadForm::from(&row);
    tx.emit(LeadFormOpened { lead_form: lead_form.clone() });
    Ok(LeadFormCreated { lead_form, token })
}

async fn close(tx: &mut Tx, id: LeadFormId) -> Result<LeadForm, Problem> {
    let mut row = scoped(tx.scope()).filter(Column::Id.eq(id.0)).one(tx).await?.ok_or_else(Problem::not_found)?;
    if row.status != "open" {
        return Err(Problem::new(error::LEAD_FORM_CLOSED));
    }
    let before = row.revision;
    (row.status, row.revision, row.updated_at) = ("closed".into(), before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected != 1 {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let lead_form = LeadForm::from(&row);
    tx.emit(LeadFormClosed { lead_form: lead_form.clone() });
    Ok(lead_form)
}

/// The open form of a token.
async fn of_token(app: &App, token: &str) -> Result<Model, Problem> {
    let unknown = || Problem::new(error::LEAD_FORM_UNKNOWN);
    let (vendor, id) = forms::named::<LeadFormId>(token).ok_or_else(unknown)?;
    let row = scoped(Scope::vendor_wide(vendor)).filter(Column::Id.eq(id.0)).one(&app.db().read_of(vendor).await?).await?;
    row.filter(|row| row.status == "open" && row.token_hash == forms::hash(token)).ok_or_else(unknown)
}

/// Keep what was sent, unless the same person sent the same company's within a day.
async fn receive(tx: &mut Tx, form: &Model, sent: LeadSubmission, alike: Vec<super::types::LeadDuplicate>) -> Result<LeadReceipt, Problem> {
    let received = LeadReceipt { received: true };
    let company = LeadCompany { name: sent.company, country: sent.country, domain: None, address: None, tax_id: None };
    let (_, keys) = identified(&company)?;
    let email = email_key(tx.vendor(), &sent.email);
    let same = store::alike(tx, Scope::vendor_wide(tx.vendor()), &keys, Some(&email)).await?;
    let again = |row: &store::LeadRow| {
        row.email_key.as_deref() == Some(&email) && row.company_name == company.name && row.created_at > tx.now() - Duration::days(1)
    };
    if same.iter().any(again) {
        return Ok(received);
    }
    let new = LeadCapture {
        company,
        contact: Some(DealContact { name: sent.name, email: Some(sent.email), phone: sent.phone }),
        message: sent.message,
        region: None,
        segment: None,
        interests: sent.interests,
        amount: None,
        campaign: form.campaign.clone(),
        external_id: None,
        hold: false,
    };
    match capture(tx, new, Origin::Form(form.id), alike).await? {
        Captured::New(_) | Captured::There(_) => Ok(received),
    }
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_lead_form, list_lead_forms))
        .routes(routes!(get_lead_form))
        .routes(routes!(close_lead_form))
        .routes(routes!(submit_lead))
}

/// Make a form that creates leads, for a web page. Its token is shown in this answer and never again.
#[utoipa::path(post, path = "/lead-forms", operation_id = "create_lead_form", tag = "leads", request_body = LeadFormCreate,
    security(("bearer" = ["leads:manage"])),
    responses((status = 201, description = "The form with its token.", body = LeadFormCreated)))]
async fn create_lead_form(State(app): State<App>, who: Can<may::ManageLeads>, Valid(body): Valid<LeadFormCreate>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| create(tx, body).await).await
}

/// List forms, newest first.
#[utoipa::path(get, path = "/lead-forms", operation_id = "list_lead_forms", tag = "leads", params(PageQuery),
    security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "A page of forms.", body = Page<LeadForm>)))]
async fn list_lead_forms(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LeadForm>>, Problem> {
    const LIST: &str = "lead_forms";
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let find = scoped(who.scope).filter(sea_orm::Condition::all().add_option(before.map(|before| Column::Id.lt(before))));
    let rows = find.order_by_desc(Column::Id).limit(limit + 1).all(&app.db().read_of(who.scope.vendor()).await?).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| LeadForm::from(&row))))
}

/// Read a form.
#[utoipa::path(get, path = "/lead-forms/{id}", operation_id = "get_lead_form", tag = "leads",
    params(("id" = LeadFormId, Path, description = "The form.")), security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The form.", body = LeadForm)))]
async fn get_lead_form(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<LeadFormId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = scoped(who.scope).filter(Column::Id.eq(id.0)).one(&db).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &LeadForm::from(&row)).into_response(false))
}

/// Take no leads by this form any more: its token is good for nothing from now on.
#[utoipa::path(post, path = "/lead-forms/{id}/close", operation_id = "close_lead_form", tag = "leads",
    params(("id" = LeadFormId, Path, description = "The form.")), security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The form as it now is.", body = LeadForm)))]
async fn close_lead_form(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<LeadFormId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| close(tx, id).await).await
}

/// Send a form.
///
/// For web pages, without a credential but the form's token. The answer is the same whatever becomes of it.
#[utoipa::path(post, path = "/lead-forms/submissions", operation_id = "submit_lead", tag = "leads", request_body = LeadSubmission, security(()),
    responses(
        (status = 202, description = "It was received.", body = LeadReceipt),
        (status = 403, description = "The page is none of the vendor's.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such form, or it is closed.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn submit_lead(
    State(app): State<App>,
    request: Option<Extension<Arc<RequestInfo>>>,
    headers: HeaderMap,
    Valid(body): Valid<LeadSubmission>,
) -> Result<Response, Problem> {
    let request = request.map(|Extension(request)| request).unwrap_or_default();
    let form = of_token(&app, &body.token).await?;
    let vendor = VendorId(form.vendor_id);
    let actor = forms::sender("lead_form", vendor, request);
    forms::admit(&app, &actor, form.id, form.per_minute, &headers, error::LEAD_FORM_ORIGIN).await?;
    if body.homepage.as_deref().is_some_and(|text| !text.is_empty()) {
        return app.reply(&actor, StatusCode::ACCEPTED, async |_| Ok::<_, Problem>(LeadReceipt { received: true })).await;
    }
    let company = LeadCompany { name: body.company.clone(), country: body.country.clone(), domain: None, address: None, tax_id: None };
    let alike = resembling(&app, vendor, &company).await;
    app.reply(&actor, StatusCode::ACCEPTED, async |tx| receive(tx, &form, body, alike?).await).await
}
