//! What upserts of accounts and of opportunities have in common.

use kernel::Problem;
use kernel::problem::FieldError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use validator::Validate;

/// The longest id of the vendor's own, in characters.
pub const MAX_EXTERNAL_ID: usize = 200;

/// What is to become of one row.
pub enum Change<P> {
    /// It is exactly this.
    Replace(P),
    /// These fields of ours are set; the others stay as they are.
    Merge(Map<String, Value>),
}

/// One row to upsert.
pub struct Row<P> {
    /// The vendor's own id.
    pub external_id: String,
    /// What is to become of it.
    pub change: Change<P>,
}

/// What became of one row.
#[derive(Debug)]
pub enum Outcome<M> {
    /// It is new.
    Created(M),
    /// It differs from before.
    Updated(M),
    /// It was so already: nothing written, nothing published.
    Unchanged(M),
    /// It cannot be taken.
    Refused(Vec<FieldError>),
}

/// Whether rows are written or only looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Write them and publish events.
    Write,
    /// Say what would become of them.
    Check,
}

/// An upsert as it is answered: 201 if the row is new, 200 otherwise.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Put<T> {
    /// The row as it now is.
    resource: T,
    #[serde(skip)]
    created: bool,
}

impl<T> Put<T> {
    /// Answer what became of the only row of a batch.
    pub fn of<M: Into<T>>(outcomes: Vec<Outcome<M>>) -> Result<Self, Problem> {
        match outcomes.into_iter().next() {
            Some(Outcome::Created(row)) => Ok(Self { resource: row.into(), created: true }),
            Some(Outcome::Updated(row) | Outcome::Unchanged(row)) => Ok(Self { resource: row.into(), created: false }),
            Some(Outcome::Refused(errors)) => Err(Problem::invalid_all(errors)),
            None => Err(Problem::internal("an upsert without an outcome")),
        }
    }
}

impl<T: kernel::Resource> kernel::Resource for Put<T> {
    fn revision(&self) -> Option<i64> {
        self.resource.revision()
    }
    fn location(&self) -> Option<String> {
        self.resource.location()
    }
    fn status(&self) -> Option<axum::http::StatusCode> {
        Some(if self.created { axum::http::StatusCode::CREATED } else { axum::http::StatusCode::OK })
    }
}

/// What the row will be, given what it is now.
pub(crate) fn resolve<P>(now: Option<&P>, change: Change<P>) -> Result<P, Vec<FieldError>>
where
    P: Serialize + DeserializeOwned + Validate,
{
    let set = match change {
        Change::Replace(put) => return Ok(put),
        Change::Merge(set) => set,
    };
    let mut fields = match now.map(serde_json::to_value) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => Map::new(),
    };
    for (name, value) in set {
        match (fields.get_mut(&name), value) {
            // Single custom fields are set within the object; a null takes one away.
            (Some(Value::Object(kept)), Value::Object(new)) if name == "custom_fields" => merge(kept, new),
            (_, value) => _ = fields.insert(name, value),
        }
    }
    if let Some(Value::Object(custom)) = fields.get_mut("custom_fields") {
        custom.retain(|_, value| !value.is_null());
    }
    kernel::body::from_value(Value::Object(fields)).map_err(|problem| problem.errors)
}

fn merge(kept: &mut Map<String, Value>, new: Map<String, Value>) {
    for (name, value) in new {
        kept.insert(name, value);
    }
}

/// The names of the fields in which two versions of a row differ, in alphabetical order.
pub(crate) fn changed<P: Serialize>(before: &P, after: &P) -> Vec<String> {
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) = (serde_json::to_value(before), serde_json::to_value(after)) else {
        return Vec::new();
    };
    let mut names: Vec<_> = after.iter().filter(|(name, value)| before.get(*name) != Some(value)).map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    names
}

/// What is wrong with an id of the vendor's own, if anything is.
pub(crate) fn check_external_id(text: &str) -> Result<(), FieldError> {
    if text.trim().is_empty() {
        return Err(FieldError::new("/external_id", "required", "Every row needs the id that your CRM knows it by."));
    }
    if text.chars().count() > MAX_EXTERNAL_ID {
        return Err(FieldError::new("/external_id", "length", format!("At most {MAX_EXTERNAL_ID} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(FieldError::new("/external_id", "control_character", "Take out the control characters."));
    }
    Ok(())
}

impl<M> Outcome<M> {
    /// The same outcome with the row turned into another shape.
    pub(crate) fn map<N>(self, f: impl FnOnce(M) -> N) -> Outcome<N> {
        match self {
            Self::Created(row) => Outcome::Created(f(row)),
            Self::Updated(row) => Outcome::Updated(f(row)),
            Self::Unchanged(row) => Outcome::Unchanged(f(row)),
            Self::Refused(errors) => Outcome::Refused(errors),
        }
    }
}

/// The fields that `after` sets otherwise than `before`; of custom fields, only those, with null for what is gone.
pub(crate) fn difference<P: Serialize>(before: &P, after: &P) -> Map<String, Value> {
    let (Ok(Value::Object(before)), Ok(Value::Object(mut after))) = (serde_json::to_value(before), serde_json::to_value(after)) else {
        return Map::new();
    };
    if let (Some(Value::Object(had)), Some(Value::Object(has))) = (before.get("custom_fields"), after.get_mut("custom_fields")) {
        let gone: Vec<_> = had.keys().filter(|name| !has.contains_key(*name)).cloned().collect();
        let same: Vec<_> = had.iter().filter(|(name, value)| has.get(*name) == Some(value)).map(|(name, _)| name.clone()).collect();
        same.iter().for_each(|name| _ = has.remove(name));
        has.extend(gone.into_iter().map(|name| (name, Value::Null)));
    }
    let differs = |(name, value): &(String, Value)| match (name.as_str(), value) {
        ("custom_fields", Value::Object(has)) => !has.is_empty(),
        _ => before.get(name) != Some(value),
    };
    after.into_iter().filter(differs).collect()
}

impl<M> Outcome<(M, Vec<String>)> {
    /// The same outcome, once the names of what changed are no longer of use.
    pub(crate) fn without_names(self) -> Outcome<M> {
        self.map(|(row, _)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_is_told_field_by_field() {
        let before = json!({ "name": "A", "domain": "a.example", "custom_fields": { "x": 1, "y": 2, "z": 3 } });
        let after = json!({ "name": "A", "domain": null, "custom_fields": { "x": 1, "y": 4 } });
        assert_eq!(Value::Object(difference(&before, &after)), json!({ "domain": null, "custom_fields": { "y": 4, "z": null } }));
        assert!(difference(&before, &before).is_empty());
    }
}
