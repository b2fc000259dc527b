//! Business calendars: when the vendor is at work.
//!
//! A calendar has a **name** that never changes, by which rules refer to it; one may be the **default**. Whoever refers to none, or to one
//! that is not there any more, gets the default, and if there is none either, every hour of every day counts. The arithmetic is
//! [`kernel::calendar`].

mod http;
mod service;
mod store;

pub use http::{BusinessCalendar, BusinessCalendarCreatedEvent, BusinessCalendarDeletedEvent, BusinessCalendarUpdatedEvent};
pub(crate) use http::{event_kinds, router};
pub use store::{exists, named};

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// The most calendars of a vendor.
pub const MOST: u64 = 100;
/// The most holidays of a calendar.
pub const MOST_HOLIDAYS: u64 = 500;
/// Longer names are refused.
const LONGEST: usize = 40;

/// The name of a business calendar, e.g. `munich`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(value_type = String, pattern = "^[a-z][a-z0-9_]{0,39}$", example = "munich")]
pub struct CalendarName(String);

impl CalendarName {
    /// Read a name; `None` if it could not be one.
    pub fn read(text: &str) -> Option<Self> {
        let lead = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        (lead && rest && text.len() <= LONGEST).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CalendarName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CalendarName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("a calendar is named in lower-case letters, digits and underscores"))
    }
}
