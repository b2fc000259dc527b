//! Use cases: make, change and delete a business calendar; one transaction each.

use super::http::{
    BusinessCalendar, BusinessCalendarCreate, BusinessCalendarCreatedEvent, BusinessCalendarDeletedEvent, BusinessCalendarHoliday,
    BusinessCalendarHours, BusinessCalendarPatch, BusinessCalendarUpdatedEvent,
};
use super::store::{self, business_calendar};
use super::{CalendarName, MOST};
use crate::error;
use kernel::calendar::{Calendar, Flaw};
use kernel::problem::FieldError;
use kernel::text::tidy;
use kernel::{Problem, Tx};

/// Make a calendar.
pub async fn create(tx: &mut Tx, new: BusinessCalendarCreate) -> Result<BusinessCalendar, Problem> {
    store::hold(tx).await?;
    let others = store::all(tx, tx.scope()).await?;
    if others.iter().any(|other| other.name == new.name.as_str()) {
        return Err(Problem::new(error::CALENDAR_TAKEN));
    }
    if others.len() as u64 >= MOST {
        return Err(Problem::new(error::TOO_MANY_CALENDARS));
    }
    let holidays = sorted(new.holidays);
    checked(&new.time_zone, &new.hours, &holidays)?;
    let row = business_calendar::Model {
        vendor_id: tx.vendor().0,
        name: new.name.to_string(),
        title: tidy(&new.title),
        time_zone: new.time_zone,
        hours: store::write(&new.hours),
        holidays: store::write(&holidays),
        is_default: i32::from(new.is_default),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if new.is_default {
        step_down(tx, others).await?;
    }
    store::insert(tx, row.clone()).await?;
    let calendar = BusinessCalendar::of(row, u64::MAX)?;
    tx.emit(BusinessCalendarCreatedEvent { calendar: calendar.clone() });
    Ok(calendar)
}

/// Change a calendar; nothing is written if all stays as it is.
pub async fn update(tx: &mut Tx, name: CalendarName, patch: BusinessCalendarPatch) -> Result<BusinessCalendar, Problem> {
    store::hold(tx).await?;
    let before = store::find(tx, tx.scope(), name.as_str()).await?.ok_or_else(Problem::not_found)?;
    tx.actor().require_match(before.revision)?;
    let mut row = before.clone();
    row.title = patch.title.as_deref().map_or(row.title, tidy);
    row.time_zone = patch.time_zone.unwrap_or(row.time_zone);
    row.hours = patch.hours.map_or(row.hours, |hours| store::write(&hours));
    row.holidays = patch.holidays.map_or(row.holidays, |days| store::write(&sorted(days)));
    row.is_default = patch.is_default.map_or(row.is_default, i32::from);
    checked(&row.time_zone, &store::read(&row.hours)?, &store::read::<Vec<_>>(&row.holidays)?)?;
    if row != before {
        if row.is_default > before.is_default {
            let others = store::all(tx, tx.scope()).await?;
            step_down(tx, others).await?;
        }
        store::update(tx, &mut row).await?;
        tx.emit(BusinessCalendarUpdatedEvent { calendar: BusinessCalendar::of(row.clone(), u64::MAX)? });
    }
    BusinessCalendar::of(row, u64::MAX)
}

/// Delete a calendar.
pub async fn delete(tx: &mut Tx, name: CalendarName) -> Result<(), Problem> {
    store::hold(tx).await?;
    let row = store::find(tx, tx.scope(), name.as_str()).await?.ok_or_else(Problem::not_found)?;
    store::delete(tx, &row).await?;
    tx.emit(BusinessCalendarDeletedEvent { calendar: BusinessCalendar::of(row, 0)? });
    Ok(())
}

/// Whichever was the default is it no more.
async fn step_down(tx: &mut Tx, calendars: Vec<business_calendar::Model>) -> Result<(), Problem> {
    for mut row in calendars.into_iter().filter(|row| row.is_default != 0) {
        row.is_default = 0;
        store::update(tx, &mut row).await?;
        tx.emit(BusinessCalendarUpdatedEvent { calendar: BusinessCalendar::of(row, u64::MAX)? });
    }
    Ok(())
}

fn sorted(mut days: Vec<BusinessCalendarHoliday>) -> Vec<BusinessCalendarHoliday> {
    days.sort_by_key(|day| day.date);
    days.dedup_by_key(|day| day.date);
    days
}

/// 422 naming the place unless clocks can run by it.
fn checked(zone: &str, hours: &BusinessCalendarHours, holidays: &[BusinessCalendarHoliday]) -> Result<Calendar, Problem> {
    let mut errors = Vec::new();
    for (day, spans) in hours.days() {
        for (at, span) in spans.iter().enumerate() {
            for (member, text) in [("from", &span.from), ("until", &span.until)] {
                if store::minutes(text).is_none() {
                    errors.push(FieldError::new(format!("/hours/{day}/{at}/{member}"), "time", "Send a time of day as HH:MM, 24:00 at most."));
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(Problem::invalid_all(errors));
    }
    store::calendar(zone, hours, holidays).map_err(|flaw| {
        let day = |at: usize| format!("/hours/{}", hours.days()[at].0);
        match flaw {
            Flaw::Zone => Problem::invalid("/time_zone", "time_zone", "Send a time zone of the IANA database, e.g. Europe/Berlin."),
            Flaw::Span(at) => Problem::invalid(day(at), "out_of_order", "Each span ends after it begins."),
            Flaw::Order(at) => Problem::invalid(day(at), "overlap", "Send at most eight spans a day, in order and without overlaps."),
            Flaw::Closed => Problem::invalid("/hours", "closed", "Open for at least an hour in the week: no clock would ever run."),
        }
    })
}
