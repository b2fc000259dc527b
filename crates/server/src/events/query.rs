//! Which events are asked for.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::log::{Filter, takes};
use kernel::{PageQuery, Problem};
use std::sync::OnceLock;

const MOST_TYPES: usize = 50;
const LONGEST: usize = 100;

/// The parameters of both ways to read the log. Read by hand, since `type` may be repeated.
#[derive(Debug, Default)]
pub(super) struct EventQuery {
    pub(super) after: Option<i64>,
    pub(super) filter: Filter,
    pub(super) limit: Option<u64>,
}

impl<S: Send + Sync> FromRequestParts<S> for EventQuery {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}

impl EventQuery {
    fn parse(text: &str) -> Result<Self, Problem> {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if value.contains('\0') {
                return Err(Problem::invalid(&*name, "control_character", "Take out the control characters."));
            }
            match &*name {
                "after" => query.after = Some(sequence(&value)?),
                "limit" => query.limit = Some(value.parse().map_err(|_| Problem::invalid("limit", "invalid_value", "Ask for 1 to 200 rows."))?),
                "subject" if value.len() <= LONGEST => query.filter.subject = Some(value.into_owned()),
                "subject" => return Err(Problem::invalid("subject", "too_long", "An id is shorter than this.")),
                "type" => query.filter.types.extend(types(&value)?),
                other => return Err(Problem::invalid(other, "unknown_field", format!("There is no parameter `{other}` here."))),
            }
        }
        if query.filter.types.len() > MOST_TYPES {
            return Err(Problem::invalid("type", "too_many", format!("Name at most {MOST_TYPES} types; a wildcard takes many.")));
        }
        Ok(query)
    }

    /// The number of events asked for.
    pub(super) fn limit(&self) -> Result<u64, Problem> {
        PageQuery { limit: self.limit, cursor: None }.limit()
    }
}

/// A place in the log.
pub(super) fn sequence(text: &str) -> Result<i64, Problem> {
    let bad = || Problem::invalid("after", "invalid_value", "Send the sequence of an event, or 0 for the beginning.");
    text.parse().ok().filter(|sequence| *sequence >= 0).ok_or_else(bad)
}

/// A filter that can match nothing is a misspelling, and would be noticed far too late.
fn types(value: &str) -> Result<Vec<String>, Problem> {
    static KNOWN: OnceLock<Vec<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| crate::event_kinds().iter().map(|event| event.kind).collect());
    let named: Vec<String> = value.split(',').map(|kind| kind.trim().to_owned()).collect();
    match named.iter().find(|wanted| !known.iter().any(|kind| takes(wanted, kind))) {
        Some(unknown) => {
            let unknown: String = unknown.chars().take(LONGEST).collect();
            Err(Problem::invalid(
                "type",
                "unknown_type",
                format!("No event type matches `{unknown}`; examples are `deal.approved`, `deal.*` and `*`."),
            ))
        }
        None => Ok(named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_repeated_or_separated_by_commas() {
        let query = EventQuery::parse("type=api_key.*,vendor.created&type=api_key.revoked&after=7&subject=key_1").unwrap();
        assert_eq!(query.filter.types, ["api_key.*", "vendor.created", "api_key.revoked"]);
        assert_eq!((query.after, query.filter.subject.as_deref()), (Some(7), Some("key_1")));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (text, pointer) in
            [("after=-1", "after"), ("after=x", "after"), ("limit=x", "limit"), ("type=api_kye.*", "type"), ("typ=*", "typ"), ("type=", "type")]
        {
            assert_eq!(EventQuery::parse(text).unwrap_err().errors[0].pointer, pointer, "{text}");
        }
    }
}
