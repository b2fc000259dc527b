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

impl<M> Outcome<(M, Vec<String>)> {
    /// The same outcome, once the names of what changed are no longer of use.
    pub(crate) fn without_names(self) -> Outcome<M> {
        match self {
            Self::Created((row, _)) => Outcome::Created(row),
            Self::Updated((row, _)) => Outcome::Updated(row),
            Self::Unchanged((row, _)) => Outcome::Unchanged(row),
            Self::Refused(errors) => Outcome::Refused(errors),
        }
    }
}
