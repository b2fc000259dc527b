//! The operations on business calendars, and calendars on the wire.

use super::store::{self, business_calendar};
use super::{CalendarName, service};
use crate::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::app::Resource;
use kernel::body::not_null;
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::text::not_blank;
use kernel::{App, At, Event, Page, Problem, Subject, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// Part of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "09:00", "until": "17:30"}))]
pub struct BusinessCalendarSpan {
    /// When work begins, by the clock on the wall there: `HH:MM`.
    #[validate(length(min = 5, max = 5))]
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    pub from: String,
    /// When it ends; `24:00` is midnight.
    #[validate(length(min = 5, max = 5))]
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    pub until: String,
}

/// The hours of a week. A day that is left out is closed. In order and without overlaps, at least an hour in the week.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"monday": [{"from": "09:00", "until": "12:30"}, {"from": "13:30", "until": "17:30"}], "friday": [{"from": "09:00", "until": "15:00"}]}))]
pub struct BusinessCalendarHours {
    /// On Mondays.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub monday: Vec<BusinessCalendarSpan>,
    /// On Tuesdays.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub tuesday: Vec<BusinessCalendarSpan>,
    /// On Wednesdays.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub wednesday: Vec<BusinessCalendarSpan>,
    /// On Thursdays.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub thursday: Vec<BusinessCalendarSpan>,
    /// On Fridays.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub friday: Vec<BusinessCalendarSpan>,
    /// On Saturdays.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub saturday: Vec<BusinessCalendarSpan>,
    /// On Sundays.
    #[serde(default)]
    #[validate(length(max = 8), nested)]
    #[schema(max_items = 8)]
    pub sunday: Vec<BusinessCalendarSpan>,
}

impl BusinessCalendarHours {
    /// The days, Monday first, with their names.
    pub(super) fn days(&self) -> [(&'static str, &[BusinessCalendarSpan]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }
}

/// A day on which nobody is at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2026-12-25", "name": "Christmas Day"}))]
pub struct BusinessCalendarHoliday {
    /// The day, `YYYY-MM-DD`.
    #[validate(custom(function = plausible_day))]
    pub date: NaiveDate,
    /// What it is called.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

fn plausible_day(day: &NaiveDate) -> Result<(), ValidationError> {
    if (1900..2200).contains(&day.year()) {
        return Ok(());
    }
    Err(ValidationError::new("date").with_message("Send a day between 1900-01-01 and 2199-12-31.".into()))
}

/// A calendar to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "munich", "title": "Munich office", "time_zone": "Europe/Berlin", "is_default": true,
    "hours": {"monday": [{"from": "09:00", "until": "17:00"}], "tuesday": [{"from": "09:00", "until": "17:00"}], "wednesday": [{"from": "09:00", "until": "17:00"}],
        "thursday": [{"from": "09:00", "until": "17:00"}], "friday": [{"from": "09:00", "until": "12:00"}, {"from": "13:00", "until": "16:00"}]},
    "holidays": [{"date": "2026-12-25", "name": "Christmas Day"}]}))]
pub struct BusinessCalendarCreate {
    /// Its name, by which rules refer to it, and which never changes.
    pub name: CalendarName,
    /// What people call it.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub title: String,
    /// A time zone of the IANA database, e.g. `Europe/Berlin`.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: String,
    /// When work is done.
    #[validate(nested)]
    pub hours: BusinessCalendarHours,
    /// Days on which it is not.
    #[serde(default)]
    #[validate(length(max = 500), nested)]
    #[schema(max_items = 500)]
    pub holidays: Vec<BusinessCalendarHoliday>,
    /// Whether it counts for whoever names none; another calendar then does not any more.
    #[serde(default)]
    pub is_default: bool,
}

/// What is to change of a calendar (JSON merge patch): what is absent stays.
///
/// Clocks that run follow from now on: whoever adds a holiday moves what is due, and what is past stays past.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"holidays": [{"date": "2026-12-25", "name": "Christmas Day"}, {"date": "2027-01-01", "name": "New Year"}]}))]
pub struct BusinessCalendarPatch {
    /// What people call it.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub title: Option<String>,
    /// A time zone of the IANA database.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub time_zone: Option<String>,
    /// When work is done: the whole week.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub hours: Option<BusinessCalendarHours>,
    /// Days on which it is not: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 500), nested)]
    #[schema(nullable = false, max_items = 500)]
    pub holidays: Option<Vec<BusinessCalendarHoliday>>,
    /// Whether it counts for whoever names none.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub is_default: Option<bool>,
}

/// When the vendor is at work.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"name": "munich", "title": "Munich office", "time_zone": "Europe/Berlin", "is_default": true,
    "hours": {"monday": [{"from": "09:00", "until": "17:00"}], "tuesday": [], "wednesday": [], "thursday": [], "friday": [], "saturday": [], "sunday": []},
    "holidays": [{"date": "2026-12-25", "name": "Christmas Day"}], "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["update", "delete"]}))]
pub struct BusinessCalendar {
    /// Its name, by which rules refer to it.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its time zone, of the IANA database.
    pub time_zone: String,
    /// When work is done.
    pub hours: BusinessCalendarHours,
    /// Days on which it is not, in order.
    pub holidays: Vec<BusinessCalendarHoliday>,
    /// Whether it counts for whoever names none.
    pub is_default: bool,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it: `update`, `delete`.
    pub available_actions: Vec<String>,
}

impl BusinessCalendar {
    pub(super) fn of(row: business_calendar::Model, grants: u64) -> Result<Self, Problem> {
        let may = grants & Permission::ManageVendor.bit() != 0;
        Ok(Self {
            hours: store::read(&row.hours)?,
            holidays: store::read(&row.holidays)?,
            name: row.name,
            title: row.title,
            time_zone: row.time_zone,
            is_default: row.is_default != 0,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: if may { vec!["update".into(), "delete".into()] } else { Vec::new() },
        })
    }
}

impl Resource for BusinessCalendar {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/business-calendars/{}", self.name))
    }
}

macro_rules! calendar_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// The calendar as it now is, or was.
            pub calendar: BusinessCalendar,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("business_calendar", &self.calendar.name, self.calendar.revision)
            }
        }
    };
}

calendar_event!(
    /// A business calendar was made.
    BusinessCalendarCreatedEvent, "business_calendar.created");
calendar_event!(
    /// A business calendar was changed: clocks that run by it follow.
    BusinessCalendarUpdatedEvent, "business_calendar.updated");
calendar_event!(
    /// A business calendar was deleted: clocks that ran by it run by the default one.
    BusinessCalendarDeletedEvent, "business_calendar.deleted");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<BusinessCalendarCreatedEvent>("A business calendar was made."),
        EventKind::of::<BusinessCalendarUpdatedEvent>("A business calendar was changed: clocks that run by it follow."),
        EventKind::of::<BusinessCalendarDeletedEvent>("A business calendar was deleted: clocks that ran by it run by the default one."),
    ]
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_business_calendar, list_business_calendars)).routes(routes!(
        get_business_calendar,
        update_business_calendar,
        delete_business_calendar
    ))
}

/// List the business calendars by name.
#[utoipa::path(get, path = "/business-calendars", operation_id = "list_business_calendars", tag = "business calendars",
    security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "All of them, on one page.", body = Page<BusinessCalendar>)))]
async fn list_business_calendars(State(app): State<App>, who: Can<may::ReadVendor>) -> Result<Json<Page<BusinessCalendar>>, Problem> {
    let rows = store::all(&app.db().read_of(who.scope.vendor()).await?, who.scope).await?;
    let data = rows.into_iter().map(|row| BusinessCalendar::of(row, who.grants)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// Read a business calendar.
#[utoipa::path(get, path = "/business-calendars/{name}", operation_id = "get_business_calendar", tag = "business calendars",
    params(("name" = CalendarName, Path, description = "The calendar's name.")), security(("bearer" = ["vendor:read"])),
    responses((status = 200, description = "The calendar.", body = BusinessCalendar)))]
async fn get_business_calendar(State(app): State<App>, who: Can<may::ReadVendor>, At(name): At<CalendarName>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = store::find(&db, who.scope, name.as_str()).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &BusinessCalendar::of(row, who.grants)?).into_response(false))
}

/// Make a business calendar: the hours in which clocks of reviews run.
#[utoipa::path(post, path = "/business-calendars", operation_id = "create_business_calendar", tag = "business calendars",
    request_body = BusinessCalendarCreate, security(("bearer" = ["vendor:manage"])),
    responses((status = 201, description = "The new calendar.", body = BusinessCalendar)))]
async fn create_business_calendar(
    State(app): State<App>,
    who: Can<may::ManageVendor>,
    Valid(body): Valid<BusinessCalendarCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| service::create(tx, body).await).await
}

/// Change a business calendar; clocks that run by it follow.
///
/// A JSON merge patch. What was due is computed anew, as if the calendar had been so since each clock last began to run.
#[utoipa::path(patch, path = "/business-calendars/{name}", operation_id = "update_business_calendar", tag = "business calendars",
    params(("name" = CalendarName, Path, description = "The calendar's name.")), request_body = BusinessCalendarPatch,
    security(("bearer" = ["vendor:manage"])),
    responses((status = 200, description = "The calendar as it now is.", body = BusinessCalendar)))]
async fn update_business_calendar(
    State(app): State<App>,
    who: Can<may::ManageVendor>,
    At(name): At<CalendarName>,
    Valid(body): Valid<BusinessCalendarPatch>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::update(tx, name, body).await).await
}

/// Delete a business calendar; clocks that ran by it run by the default one.
#[utoipa::path(delete, path = "/business-calendars/{name}", operation_id = "delete_business_calendar", tag = "business calendars",
    params(("name" = CalendarName, Path, description = "The calendar's name.")), security(("bearer" = ["vendor:manage"])),
    responses((status = 204, description = "The calendar is gone.")))]
async fn delete_business_calendar(State(app): State<App>, who: Can<may::ManageVendor>, At(name): At<CalendarName>) -> Result<StatusCode, Problem> {
    app.write(&who, async |tx| service::delete(tx, name).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
