//! `/notification-preferences`: one's own.

use super::rules::{Day, Frequency, Preferences, Rule, clock};
use super::store;
use crate::events::NotificationPreferencesChangedEvent;
use crate::inbox::person_of;
use crate::templates::standard;
use access::{Anyone, people};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;
use kernel::app::Resource;
use kernel::id::{PersonId, VendorId};
use kernel::idempotency::Answer;
use kernel::locale::Languages;
use kernel::problem::FieldError;
use kernel::{App, Problem, Tx, Valid};
use partners::languages;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// Hours in which no mail goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "22:00", "to": "07:00"}))]
pub struct NotificationQuietHours {
    /// When they begin, by the clock of the time zone.
    #[validate(custom(function = a_clock))]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub from: String,
    /// When they end; earlier than `from` if that is the next day.
    #[validate(custom(function = a_clock))]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub to: String,
}

/// How notifications of one template come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"template": "*", "inbox": true, "mail": true, "frequency": "daily"}))]
pub struct NotificationPreferenceRule {
    /// The template's name, or `*` for all that have no rule of their own.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub template: String,
    /// Whether they come to the inbox.
    pub inbox: bool,
    /// Whether they come by mail.
    pub mail: bool,
    /// When mail is sent; at once if absent.
    #[serde(default)]
    pub frequency: Frequency,
}

/// How one wants to be told.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"language": "de", "time_zone": "Europe/Berlin", "quiet_hours": {"from": "22:00", "to": "07:00"}, "digest_hour": 8,
    "digest_weekday": "monday", "rules": [{"template": "*", "inbox": true, "mail": true, "frequency": "daily"}]}))]
pub struct NotificationPreferencesPut {
    /// The language (BCP 47) of texts, where there are any in it; that of one's partner or vendor if absent.
    #[serde(default)]
    #[validate(length(min = 2, max = 35), custom(function = kernel::locale::a_language))]
    #[schema(min_length = 2, max_length = 35, pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
    pub language: Option<String>,
    /// The time zone (IANA), e.g. `Europe/Berlin`; `UTC` if absent.
    #[serde(default)]
    #[validate(length(min = 1, max = 60), custom(function = a_zone))]
    #[schema(min_length = 1, max_length = 60)]
    pub time_zone: Option<String>,
    /// Hours in which no mail goes out; none if absent.
    #[serde(default)]
    #[validate(nested)]
    pub quiet_hours: Option<NotificationQuietHours>,
    /// The hour of digests, 0 to 23; 8 if absent.
    #[serde(default)]
    #[validate(range(min = 0, max = 23))]
    #[schema(minimum = 0, maximum = 23)]
    pub digest_hour: Option<u32>,
    /// The day of weekly digests; Monday if absent.
    #[serde(default)]
    pub digest_weekday: Option<Day>,
    /// What comes how; everything, both ways, at once, if there is none.
    #[serde(default)]
    #[validate(length(max = 200), nested)]
    #[schema(max_items = 200)]
    pub rules: Vec<NotificationPreferenceRule>,
}

/// How one is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"person_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "language": "de", "time_zone": "Europe/Berlin",
    "quiet_hours": {"from": "22:00", "to": "07:00"}, "digest_hour": 8, "digest_weekday": "monday",
    "rules": [{"template": "*", "inbox": true, "mail": true, "frequency": "daily"}], "revision": 2}))]
pub struct NotificationPreferences {
    /// Whose.
    pub person_id: PersonId,
    /// The language of texts, where there are any in it: the one that was set, or that of one's partner or vendor.
    pub language: String,
    /// The time zone (IANA).
    pub time_zone: String,
    /// Hours in which no mail goes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<NotificationQuietHours>,
    /// The hour of digests.
    pub digest_hour: u32,
    /// The day of weekly digests.
    pub digest_weekday: Day,
    /// What comes how.
    pub rules: Vec<NotificationPreferenceRule>,
    /// Raised with every change; 1 until there was one.
    pub revision: i64,
}

impl Resource for NotificationPreferences {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

fn a_clock(text: &str) -> Result<(), ValidationError> {
    clock(text).map(drop).ok_or_else(|| ValidationError::new("clock").with_message("A time is written like 22:00.".into()))
}

fn a_zone(text: &str) -> Result<(), ValidationError> {
    text.parse::<Tz>().map(drop).map_err(|_| ValidationError::new("time_zone").with_message("A time zone is named like Europe/Berlin.".into()))
}

impl NotificationPreferences {
    /// What a person has set, or what holds until they do.
    pub(crate) async fn of(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId, row: Option<&store::row::Model>) -> Result<Self, Problem> {
        let Preferences { language, time_zone, quiet, digest_hour, digest_day, rules } = row.map(|row| row.preferences()).unwrap_or_default();
        let rule = |Rule { template, inbox, mail, frequency }| NotificationPreferenceRule { template, inbox, mail, frequency };
        let languages = match people::find(db, vendor, person).await? {
            Some(person) => languages::of_person(db, &person, language).await?,
            None => Languages::default(),
        };
        Ok(Self {
            person_id: person,
            language: languages.first().to_owned(),
            time_zone,
            quiet_hours: quiet.map(|(from, to)| NotificationQuietHours { from, to }),
            digest_hour,
            digest_weekday: digest_day,
            rules: rules.into_iter().map(rule).collect(),
            revision: row.map_or(1, |row| row.revision),
        })
    }
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// Read how one is told oneself.
#[utoipa::path(get, path = "/notification-preferences", operation_id = "get_notification_preferences", tag = "notifications", security(("bearer" = [])),
    responses((status = 200, description = "The caller's preferences.", body = NotificationPreferences)))]
async fn get(State(app): State<App>, Anyone(who): Anyone) -> Result<Response, Problem> {
    let person = person_of(&who)?;
    let (vendor, db) = (who.scope.vendor(), app.db().read_of(who.scope.vendor()).await?);
    let row = store::find(&db, vendor, person).await?;
    Ok(Answer::of(StatusCode::OK, &NotificationPreferences::of(&db, vendor, person, row.as_ref()).await?).into_response(false))
}

/// Set how one is told oneself: afterwards exactly what was sent.
///
/// For each notification the rule of its template holds, else the rule `*`, else both ways at once. Mail that falls into quiet hours waits
/// until they end, and what was read in the portal meanwhile is not sent. Hours are those of the clock in `time_zone`, whatever it is put to.
#[utoipa::path(put, path = "/notification-preferences", operation_id = "put_notification_preferences", tag = "notifications",
    request_body = NotificationPreferencesPut, security(("bearer" = [])),
    responses((status = 200, description = "The caller's preferences.", body = NotificationPreferences)))]
async fn put(State(app): State<App>, Anyone(who): Anyone, Valid(body): Valid<NotificationPreferencesPut>) -> Result<Response, Problem> {
    let person = person_of(&who)?;
    app.reply(&who, StatusCode::OK, async |tx| replace(tx, person, body).await).await
}

async fn replace(tx: &mut Tx, person: PersonId, body: NotificationPreferencesPut) -> Result<NotificationPreferences, Problem> {
    check(tx.app(), &body.rules)?;
    let usual = Preferences::default();
    let rule = |NotificationPreferenceRule { template, inbox, mail, frequency }| Rule { template, inbox, mail, frequency };
    let new = Preferences {
        language: body.language,
        time_zone: body.time_zone.unwrap_or(usual.time_zone),
        quiet: body.quiet_hours.map(|NotificationQuietHours { from, to }| (from, to)),
        digest_hour: body.digest_hour.unwrap_or(usual.digest_hour),
        digest_day: body.digest_weekday.unwrap_or(usual.digest_day),
        rules: body.rules.into_iter().map(rule).collect(),
    };
    let before = store::find(tx, tx.vendor(), person).await?;
    if before.as_ref().map(store::row::Model::preferences).unwrap_or_default() == new {
        return NotificationPreferences::of(tx, tx.vendor(), person, before.as_ref()).await;
    }
    let content = serde_json::to_string(&new).map_err(Problem::internal)?;
    let revision = before.map_or(1, |row| row.revision) + 1;
    let row = store::row::Model { vendor_id: tx.vendor().0, person_id: person.0, content, revision, updated_at: tx.now() };
    store::put(tx, row.clone()).await?;
    tx.emit(NotificationPreferencesChangedEvent { person_id: person, revision });
    NotificationPreferences::of(tx, tx.vendor(), person, Some(&row)).await
}

/// Each rule is about a template that there is, and no two about the same.
fn check(app: &App, rules: &[NotificationPreferenceRule]) -> Result<(), Problem> {
    let mut errors = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let refuse = |code: &str, detail: &str| FieldError::new(format!("/rules/{at}/template"), code, detail);
        if rule.template != "*" && standard(app, &rule.template).is_none() {
            errors.push(refuse("not_found", "There is no such template."));
        } else if rules[..at].iter().any(|earlier| earlier.template == rule.template) {
            errors.push(refuse("repeated", "There is a rule for this template already."));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
}
