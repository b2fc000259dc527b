//! Reading requests: strict JSON bodies with pointers to what is wrong, and strict query strings.

use crate::problem::{FieldError, Problem, kinds};
use crate::strict::{Once, Strict};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

/// A JSON body that was read, has no unknown fields, and passed its validation.
pub struct Valid<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Validate> FromRequest<S> for Valid<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(&request)?;
        parse(&body_bytes(request, state).await?).map(Self)
    }
}

/// 415 unless the body says that it is JSON.
pub fn require_json(request: &Request) -> Result<(), Problem> {
    let is_json = |value: &str| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
    };
    let sent = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if sent.is_some_and(is_json) { Ok(()) } else { Err(Problem::new(kinds::UNSUPPORTED_MEDIA).detail("Send application/json.")) }
}

/// Like [`Valid`] for actions whose body may be left out altogether.
pub struct OptionalValid<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Validate + Default> FromRequest<S> for OptionalValid<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = require_json(&request);
        let bytes = body_bytes(request, state).await?;
        // No body needs no type.
        if bytes.is_empty() { Ok(Self(T::default())) } else { json.and_then(|()| parse_nullable(&bytes)).map(Self) }
    }
}

/// The whole body; 413 over the limit that the router set.
pub async fn body_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        use axum::response::IntoResponse;
        let text = rejection.body_text();
        if rejection.into_response().status().as_u16() == 413 {
            Problem::new(kinds::TOO_LARGE)
        } else {
            Problem::new(kinds::BAD_REQUEST).detail(text)
        }
    })
}

/// Read `T` from JSON like [`parse`]; `null` says nothing, like no body at all.
fn parse_nullable<T: DeserializeOwned + Validate + Default>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii() == b"null" { Ok(T::default()) } else { parse(bytes) }
}

/// Read `T` from JSON: 400 if it is not JSON, 422 with pointers if it is not a `T`.
pub fn parse<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Problem> {
    let Once(value) = serde_json::from_slice(bytes).map_err(|cause| unreadable(bytes, &cause))?;
    from_value(value)
}

/// 422 with a pointer if a member is written twice, else 400: it is not JSON.
fn unreadable(bytes: &[u8], cause: &serde_json::Error) -> Problem {
    let mut again = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, Once>(&mut again) {
        Err(found) if found.inner().is_data() => {
            let (pointer, message) = (pointer_of(found.path()), found.inner().to_string());
            Problem::invalid_all(vec![type_error(pointer, &message)])
        }
        _ => Problem::new(kinds::BAD_REQUEST).detail(format!("The body is not JSON: {cause}.")),
    }
}

/// Read `T` from a JSON value: 422 with pointers if it is not a `T`.
pub fn from_value<T: DeserializeOwned + Validate>(value: Value) -> Result<T, Problem> {
    let mut errors = Vec::new();
    refuse_control_characters(&value, &mut String::new(), &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid_all(errors));
    }
    let body: T = serde_path_to_error::deserialize(Strict(value)).map_err(|cause| {
        let pointer = pointer_of(cause.path());
        Problem::invalid_all(vec![type_error(pointer, &cause.into_inner().to_string())])
    })?;
    body.validate().map_err(|found| Problem::invalid_all(field_errors(&found)))?;
    Ok(body)
}

/// No string carries control characters (line breaks and tabs aside): nobody means them, and they forge logs.
fn refuse_control_characters(value: &Value, pointer: &mut String, errors: &mut Vec<FieldError>) {
    let here = pointer.len();
    match value {
        Value::String(text) if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => {
            errors.push(FieldError::new(pointer.as_str(), "control_character", "Take out the control characters."));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{at}"));
                refuse_control_characters(item, pointer, errors);
                pointer.truncate(here);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                refuse_control_characters(item, pointer, errors);
                pointer.truncate(here);
            }
        }
        _ => {}
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn type_error(pointer: String, message: &str) -> FieldError {
    let named = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned);
    if let Some(name) = named("unknown field `") {
        let pointer = if pointer == name || pointer.ends_with(&format!("/{name}")) { pointer } else { format!("{pointer}/{name}") };
        return FieldError::new(pointer, "unknown_field", format!("There is no field `{name}` here, or it is read-only."));
    }
    if let Some(name) = named("duplicate field `") {
        return FieldError::new(format!("{pointer}/{name}"), "repeated", format!("Send `{name}` once."));
    }
    if let Some(name) = named("missing field `") {
        return FieldError::new(format!("{pointer}/{name}"), "required", format!("`{name}` is required."));
    }
    FieldError::new(pointer, "invalid_value", format!("{message}."))
}

/// What `validator` found, flattened to pointers.
pub fn field_errors(found: &ValidationErrors) -> Vec<FieldError> {
    let mut errors = Vec::new();
    collect(found, "", &mut errors);
    errors.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    errors
}

fn collect(found: &ValidationErrors, pointer: &str, errors: &mut Vec<FieldError>) {
    for (field, kind) in found.errors() {
        let pointer = format!("{pointer}/{field}");
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, errors),
            ValidationErrorsKind::List(items) => {
                items.iter().for_each(|(at, inner)| collect(inner, &format!("{pointer}/{at}"), errors));
            }
            ValidationErrorsKind::Field(field) => errors.extend(field.iter().map(|error| {
                let detail = error.message.as_ref().map_or_else(|| bounds(error), ToString::to_string);
                FieldError::new(pointer.as_str(), &error.code, detail)
            })),
        }
    }
}

fn bounds(error: &validator::ValidationError) -> String {
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("Must be between {min} and {max} ({}).", error.code),
        (None, Some(max)) => format!("Must be at most {max} ({}).", error.code),
        (Some(min), None) => format!("Must be at least {min} ({}).", error.code),
        (None, None) => format!("Not a valid {}.", error.code),
    }
}

/// Query parameters; 422 naming the parameter that is unknown or cannot be read.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if let Some(name) = with_nul(parts.uri.query()) {
            return Err(Problem::invalid(name, "control_character", "Take out the control characters."));
        }
        Query::<T>::try_from_uri(&parts.uri).map(|Query(params)| Self(params)).map_err(|rejection| {
            let text = rejection.body_text();
            let cause = text.split_once(": ").map_or(text.as_str(), |(_, cause)| cause);
            let (name, cause) = cause.split_once(": ").unwrap_or(("", cause));
            let error = type_error(name.to_owned(), cause);
            let pointer = error.pointer.trim_start_matches('/').to_owned();
            Problem::invalid_all(vec![FieldError { pointer, ..error }])
        })
    }
}

/// No text of ours holds a NUL, and Postgres refuses a query that does.
fn has_nul(encoded: Option<&str>) -> bool {
    encoded.is_some_and(|text| text.contains("%00"))
}

/// The first parameter that holds a NUL.
fn with_nul(query: Option<&str>) -> Option<&str> {
    let parameter = query?.split('&').find(|parameter| has_nul(Some(parameter)))?;
    parameter.split('=').next()
}

/// An id in the path; one of another kind or shape is a 404 like any other missing thing.
pub struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if has_nul(Some(parts.uri.path())) {
            return Err(Problem::not_found());
        }
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| Problem::not_found())
    }
}

/// A member of a merge patch: left out, set to null, or set to a value.
pub fn present<'de, D, T>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    <Option<T> as serde::Deserialize>::deserialize(from).map(Some)
}

/// A member of a merge patch that may be left out but not null.
pub fn not_null<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    T::deserialize(from).map(Some)
}
