//! What an audit looks for, and at which hour of the night: the vendor's to say.

use super::events::HygieneSettingsChanged;
use super::{HygieneKind, nightly, store};
use access::calendars::CalendarName;
use access::{Can, calendars, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::{App, Problem, Scope, Tx, Valid};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// What an audit looks for, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"nightly": true, "hour": 2, "kinds": ["duplicate_accounts", "duplicate_deals", "stale_opportunity", "deal_without_owner",
    "partner_without_activity"], "likeness_percent": 85, "stale_after_days": 90, "past_close_days": 7, "idle_after_days": 90}))]
pub struct HygieneSettings {
    /// Whether an audit is carried out every night.
    pub nightly: bool,
    /// At which hour, by the clock of the business calendar.
    #[validate(range(max = 23))]
    #[schema(maximum = 23)]
    pub hour: u8,
    /// The business calendar whose time zone counts; left out: the vendor's default, and UTC without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// What is looked for. Findings of other kinds stay as they are.
    #[validate(length(max = 5), custom(function = each_once))]
    #[schema(max_items = 5)]
    pub kinds: Vec<HygieneKind>,
    /// How alike duplicates are, in per cent; a person's verdict counts whatever this is.
    #[validate(range(min = 70, max = 100))]
    #[schema(minimum = 70, maximum = 100)]
    pub likeness_percent: u8,
    /// An open opportunity that did not change for so many days is stale.
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub stale_after_days: i64,
    /// So is one whose closing date is past by more days than this.
    #[validate(range(min = 0, max = 3650))]
    #[schema(minimum = 0, maximum = 3650)]
    pub past_close_days: i64,
    /// A partner of which nothing was seen for so many days is without activity.
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub idle_after_days: i64,
}

fn each_once(kinds: &[HygieneKind]) -> Result<(), ValidationError> {
    let mut seen = kinds.to_vec();
    seen.sort_unstable();
    seen.dedup();
    let twice = || ValidationError::new("duplicate").with_message("Name each kind once.".into());
    if seen.len() == kinds.len() { Ok(()) } else { Err(twice()) }
}

impl Default for HygieneSettings {
    fn default() -> Self {
        Self {
            nightly: true,
            hour: 2,
            calendar: None,
            kinds: HygieneKind::ALL.to_vec(),
            likeness_percent: 85,
            stale_after_days: 90,
            past_close_days: 7,
            idle_after_days: 90,
        }
    }
}

impl HygieneSettings {
    /// From which score on two companies are taken for one.
    pub fn likeness(&self) -> f32 {
        f32::from(self.likeness_percent) / 100.0
    }
}

/// The settings as they are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"settings": {"nightly": true, "hour": 2, "kinds": ["duplicate_accounts"], "likeness_percent": 85, "stale_after_days": 90,
    "past_close_days": 7, "idle_after_days": 90}, "next_night_at": "2026-11-21T02:00:00Z", "revision": 1, "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct HygieneSettingsInForce {
    /// The settings.
    pub settings: HygieneSettings,
    /// When the next audit begins by itself; absent if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_night_at: Option<DateTime<Utc>>,
    /// Raised with every change; 0 while they are the standard ones.
    pub revision: i64,
    /// When they were last set; absent while they are the standard ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
}

impl Resource for HygieneSettingsInForce {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

/// The settings in force, with the next night after `now`.
pub(super) async fn find(db: &impl ConnectionTrait, scope: Scope, now: DateTime<Utc>) -> Result<HygieneSettingsInForce, Problem> {
    let stored = store::settings(db, scope).await?;
    let settings = match &stored {
        Some((body, ..)) => serde_json::from_str(body).map_err(Problem::internal)?,
        None => HygieneSettings::default(),
    };
    let calendar = calendars::named(db, scope, settings.calendar.as_ref().map(CalendarName::as_str)).await?;
    let next_night_at = settings.nightly.then(|| calendar.next_time(u16::from(settings.hour) * 60, now));
    let (revision, updated_at) = stored.map_or((0, None), |(_, revision, at)| (revision, Some(at)));
    Ok(HygieneSettingsInForce { settings, next_night_at, revision, updated_at })
}

async fn set(tx: &mut Tx, settings: HygieneSettings) -> Result<HygieneSettingsInForce, Problem> {
    if let Some(name) = &settings.calendar
        && !calendars::exists(tx, tx.scope(), name.as_str()).await?
    {
        return Err(Problem::invalid("/calendar", "no_such_calendar", "There is no business calendar of this name."));
    }
    let before = find(tx, tx.scope(), tx.now()).await?;
    if before.revision > 0 && before.settings == settings {
        return Ok(before);
    }
    let revision = before.revision + 1;
    store::set_settings(tx, &serde_json::to_string(&settings).map_err(Problem::internal)?, revision).await?;
    nightly::schedule(tx).await?;
    tx.emit(HygieneSettingsChanged { settings, revision });
    find(tx, tx.scope(), tx.now()).await
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_hygiene_settings, set_hygiene_settings))
}

/// Read what audits look for, and when.
#[utoipa::path(get, path = "/hygiene/settings", operation_id = "get_hygiene_settings", tag = "hygiene",
    security(("bearer" = ["hygiene:read"])),
    responses((status = 200, description = "The settings.", body = HygieneSettingsInForce)))]
async fn get_hygiene_settings(State(app): State<App>, who: Can<may::ReadHygiene>) -> Result<Response, Problem> {
    let settings = find(&app.db().read_of(who.scope.vendor()).await?, who.scope, app.clock().now()).await?;
    Ok(Answer::of(StatusCode::OK, &settings).into_response(false))
}

/// Set what audits look for, and when: all of it. It counts from the next audit on.
#[utoipa::path(put, path = "/hygiene/settings", operation_id = "set_hygiene_settings", tag = "hygiene", request_body = HygieneSettings,
    security(("bearer" = ["hygiene:manage"])),
    responses((status = 200, description = "The settings as they now are.", body = HygieneSettingsInForce)))]
async fn set_hygiene_settings(
    State(app): State<App>,
    who: Can<may::ManageHygiene>,
    Valid(body): Valid<HygieneSettings>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| set(tx, body).await).await
}
