//! `/notification-templates`.

use super::store::{self, template};
use super::{ENGLISH, Phrasebook, all, standard};
use crate::events::{NotificationTemplateChangedEvent, NotificationTemplateResetEvent};
use crate::ports::Rows;
use crate::reader::Reader;
use crate::render::{self, Trouble, Words};
use crate::view;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::locale::{Languages, a_language, is_language};
use kernel::steps::Template;
use kernel::text::not_blank;
use kernel::{App, At, Page, PageQuery, Params, Problem, Tx, Valid};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// The words of a template in one language.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "Neues von {{ vendor.name }}", "text": "Hallo {{ person.name }},\n\nes gibt Neues.\n",
    "html": "<p>Hallo {{ person.name }},</p><p>es gibt Neues.</p>"}))]
pub struct NotificationTemplatePut {
    /// The subject of the mail and the title in the inbox.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub subject: String,
    /// The plain text.
    #[validate(length(min = 1, max = 20000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub text: String,
    /// The mail as HTML; whatever `{{ … }}` prints is escaped in it. Without it, mail is plain text.
    #[serde(default)]
    #[validate(length(min = 1, max = 100000))]
    #[schema(min_length = 1, max_length = 100000)]
    pub html: Option<String>,
}

/// What is said when a notification is sent, in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "notifications.notice", "language": "de", "summary": "Stands in for a template that is not there any more.",
    "standard": false, "subject": "Neues von {{ vendor.name }}", "text": "Hallo {{ person.name }},\n\nes gibt Neues.\n", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct NotificationTemplate {
    /// Names it for good, e.g. `deal.expiring`.
    pub name: String,
    /// Its language, e.g. `de` or `pt-BR`.
    pub language: String,
    /// When it is sent, in a sentence.
    pub summary: String,
    /// Whether these are the standard words rather than the vendor's own.
    pub standard: bool,
    /// The subject of the mail and the title in the inbox.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The mail as HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Raised with every change; absent on standard words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// When the vendor wrote its own words; absent on standard ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When they were last changed; absent on standard ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    #[schema(ignore)]
    created: bool,
}

impl Resource for NotificationTemplate {
    fn revision(&self) -> Option<i64> {
        self.revision
    }
    fn status(&self) -> Option<StatusCode> {
        self.created.then_some(StatusCode::CREATED)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/notification-templates/{}/{}", self.name, self.language))
    }
}

impl NotificationTemplate {
    fn standard(template: &Template) -> Self {
        Self {
            name: template.name.to_owned(),
            language: ENGLISH.to_owned(),
            summary: template.summary.to_owned(),
            standard: true,
            subject: template.subject.to_owned(),
            text: template.text.to_owned(),
            html: None,
            revision: None,
            created_at: None,
            updated_at: None,
            created: false,
        }
    }

    fn own(app: &App, row: template::Model, created: bool) -> Self {
        Self {
            summary: standard(app, &row.name).map(|template| template.summary.to_owned()).unwrap_or_default(),
            name: row.name,
            language: row.language,
            standard: false,
            subject: row.subject,
            text: row.content,
            html: row.html,
            revision: Some(row.revision),
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
            created,
        }
    }
}

/// What to preview: words that are not saved yet, or those in force, over an event of the log or a sample.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "notifications.notice", "language": "de", "subject": "Neues von {{ vendor.name }}", "text": "Hallo {{ person.name }}!"}))]
pub struct NotificationTemplatePreviewAsk {
    /// The template whose words are shown where none are sent along.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// In which language; `en` if absent.
    #[serde(default)]
    #[validate(length(min = 2, max = 35), custom(function = a_language))]
    #[schema(min_length = 2, max_length = 35, pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
    pub language: Option<String>,
    /// A subject to try; with `text`.
    #[serde(default)]
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub subject: Option<String>,
    /// A text to try; with `subject`.
    #[serde(default)]
    #[validate(length(min = 1, max = 20000))]
    #[schema(min_length = 1, max_length = 20000)]
    pub text: Option<String>,
    /// HTML to try, besides `subject` and `text`.
    #[serde(default)]
    #[validate(length(min = 1, max = 100000))]
    #[schema(min_length = 1, max_length = 100000)]
    pub html: Option<String>,
    /// The event of the log to fill it with, by its sequence; a sample if absent.
    #[serde(default)]
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub event_sequence: Option<i64>,
    /// The `data` of a made-up event to fill it with, in place of `event_sequence`.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub data: Option<Map<String, Value>>,
}

/// What a template comes to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"subject": "Neues von Contoso", "text": "Hallo Sam Okafor!"}))]
pub struct NotificationTemplatePreview {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML, if the template has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

impl Resource for NotificationTemplatePreview {}

/// Every route of this file.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(preview)).routes(routes!(get, put, delete))
}

/// List the templates: the standard words, and the vendor's own beside or in place of them, by name and language.
#[utoipa::path(get, path = "/notification-templates", operation_id = "list_notification_templates", tag = "notifications",
    params(PageQuery), security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "A page of templates.", body = Page<NotificationTemplate>)))]
async fn list(
    State(app): State<App>,
    who: Can<may::ManageNotifications>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<NotificationTemplate>>, Problem> {
    const LIST: &str = "notification_templates";
    let (limit, after) = (page.limit()?, page.after::<(String, String)>(LIST)?);
    let own = store::page(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), after.as_ref(), limit + 1).await?;
    let place = |one: &NotificationTemplate| (one.name.clone(), one.language.clone());
    let mut rows: Vec<_> = own.into_iter().map(|row| NotificationTemplate::own(&app, row, false)).collect();
    for template in all(&app) {
        let one = NotificationTemplate::standard(&template);
        if after.as_ref().is_none_or(|after| place(&one) > *after) && !rows.iter().any(|row| place(row) == place(&one)) {
            rows.push(one);
        }
    }
    rows.sort_by_key(place);
    Ok(Json(Page::of(LIST, rows, limit, place)))
}

/// Read a template in one language: the vendor's own words, or the standard ones (`en`).
#[utoipa::path(get, path = "/notification-templates/{name}/{language}", operation_id = "get_notification_template", tag = "notifications",
    params(("name" = String, Path, description = "The template's name.", max_length = 100), ("language" = String, Path, description = "The language.", max_length = 35)),
    security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "The template.", body = NotificationTemplate)))]
async fn get(State(app): State<App>, who: Can<may::ManageNotifications>, At((name, language)): At<(String, String)>) -> Result<Response, Problem> {
    let own = store::find(&app.db().read_of(who.scope.vendor()).await?, who.scope.vendor(), &name, &language).await?;
    let standard = || standard(&app, &name).filter(|_| language == ENGLISH).map(|template| NotificationTemplate::standard(&template));
    let found = own.map(|row| NotificationTemplate::own(&app, row, false)).or_else(standard).ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &found).into_response(false))
}

/// Write a template in one language, in place of the standard words.
///
/// `{{ … }}` prints from `event` (the envelope, with `data`, as its reader may see it), `person` (`name`, `language`, `time_zone`), `vendor` (`name`)
/// and `link` (`type`, `id`); there are `{% if %}` and `{% for %}`, and the filters `words`, `join`, `default`, `upper`, `lower`, `title`, `capitalize`, `trim`,
/// `length`, `first`, `last`, `round` and `abs`. `money`, `date`, `datetime`, `number`, `list`, `country` and `language` write as the reader's language and
/// country do. Words that cannot be read are refused with their line.
#[utoipa::path(put, path = "/notification-templates/{name}/{language}", operation_id = "put_notification_template", tag = "notifications",
    request_body = NotificationTemplatePut,
    params(("name" = String, Path, description = "The template's name.", max_length = 100), ("language" = String, Path, description = "The language.", max_length = 35)),
    security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "The template, changed or as it was already.", body = NotificationTemplate),
        (status = 201, description = "The vendor's own words, which are new.", body = NotificationTemplate)))]
async fn put(
    State(app): State<App>,
    who: Can<may::ManageNotifications>,
    At((name, language)): At<(String, String)>,
    Valid(body): Valid<NotificationTemplatePut>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| replace(tx, name, language, body).await).await
}

async fn replace(tx: &mut Tx, name: String, language: String, body: NotificationTemplatePut) -> Result<NotificationTemplate, Problem> {
    if standard(tx.app(), &name).is_none() || !is_language(&language) {
        return Err(Problem::not_found());
    }
    render::check(&body.subject, &body.text, body.html.as_deref()).map_err(refused)?;
    let now = tx.now();
    let new = template::Model {
        vendor_id: tx.vendor().0,
        name,
        language,
        subject: body.subject,
        content: body.text,
        html: body.html,
        revision: 1,
        created_at: now,
        updated_at: now,
    };
    let created = store::insert(tx, new.clone()).await?;
    let row = if created {
        new
    } else {
        let before = store::find_to_change(tx, &new.name, &new.language).await?.ok_or_else(Problem::not_found)?;
        if (&before.subject, &before.content, &before.html) == (&new.subject, &new.content, &new.html) {
            return Ok(NotificationTemplate::own(tx.app(), before, false));
        }
        let row = template::Model { revision: before.revision + 1, created_at: before.created_at, ..new };
        store::update(tx, row.clone()).await?;
        row
    };
    let shown = NotificationTemplate::own(tx.app(), row, created);
    tx.emit(NotificationTemplateChangedEvent { notification_template: shown.clone() });
    Ok(shown)
}

fn refused(trouble: Trouble) -> Problem {
    Problem::invalid(format!("/{}", trouble.part), "template", trouble.sentence())
}

/// Go back to the standard words: the vendor's own in this language are deleted.
#[utoipa::path(delete, path = "/notification-templates/{name}/{language}", operation_id = "delete_notification_template", tag = "notifications",
    params(("name" = String, Path, description = "The template's name.", max_length = 100), ("language" = String, Path, description = "The language.", max_length = 35)),
    security(("bearer" = ["notifications:manage"])),
    responses((status = 204, description = "The standard words are in force.")))]
async fn delete(State(app): State<App>, who: Can<may::ManageNotifications>, At((name, language)): At<(String, String)>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| {
        if !store::delete(tx, &name, &language).await? {
            return Err(Problem::not_found());
        }
        tx.emit(NotificationTemplateResetEvent { name, language });
        Ok(())
    })
    .await
}

/// Preview a template: what it comes to over an event of the log, made-up data, or a sample. Nothing is saved or sent.
#[utoipa::path(post, path = "/notification-templates/preview", operation_id = "preview_notification_template", tag = "notifications",
    request_body = NotificationTemplatePreviewAsk, security(("bearer" = ["notifications:manage"])),
    responses((status = 200, description = "What it comes to.", body = NotificationTemplatePreview)))]
async fn preview(
    State(app): State<App>,
    who: Can<may::ManageNotifications>,
    Valid(body): Valid<NotificationTemplatePreviewAsk>,
) -> Result<Response, Problem> {
    let vendor = who.scope.vendor();
    let db = app.db().read_of(vendor).await?;
    let languages = partners::languages::of_partner(&db, vendor, None, body.language.clone()).await?;
    let (language, words) = match (&body.subject, &body.text) {
        (Some(subject), Some(text)) => {
            (languages.first().to_owned(), Words { subject: subject.clone(), text: text.clone(), html: body.html.clone() })
        }
        (None, None) => in_force(&app, &db, vendor, &body.name, &languages).await?,
        _ => return Err(Problem::invalid("/text", "required", "Send subject and text together, or neither.")),
    };
    let mut context = render::sample(&access::vendors::find(&db, vendor).await?.map(|vendor| vendor.name).unwrap_or_default());
    if let Some(sequence) = body.event_sequence {
        let sees = |field: access::Field| field.shown_to(&who);
        let reader = Reader { rivals: sees(access::Field::Rivals), internal: sees(access::Field::Routes), ..Reader::room(vendor) };
        let event = view::events(&app, &db, vendor, &[sequence]).await?;
        let seen = view::seen(&app, Rows::Reading(&db), reader, event).await?.pop();
        let event = seen.ok_or_else(|| Problem::invalid("/event_sequence", "not_found", "There is no such event."))?;
        context["link"] = serde_json::json!({ "type": event.subject.kind, "id": event.subject.id });
        context["event"] = view::of_event(&event, reader)?;
    } else if let Some(data) = body.data {
        context["event"]["data"] = Value::Object(data);
    }
    context["person"]["language"] = languages.first().into();
    let made = render::render(&words, &context, &languages.locale(&language)).map_err(refused)?;
    let shown = NotificationTemplatePreview { subject: made.subject, text: made.text, html: made.html };
    Ok(Answer::of(StatusCode::OK, &shown).into_response(false))
}

/// The words that a person who reads these languages would get, and in which.
async fn in_force(app: &App, db: &impl ConnectionTrait, vendor: VendorId, name: &str, languages: &Languages) -> Result<(String, Words), Problem> {
    let standard = standard(app, name).ok_or_else(|| Problem::invalid("/name", "not_found", "There is no such template."))?;
    let phrases = Phrasebook::of(app, db, vendor, &BTreeSet::from([name])).await?;
    let (language, own) = phrases.best(name, languages);
    Ok((language, own.cloned().unwrap_or_else(|| Words::standard(&standard))))
}
