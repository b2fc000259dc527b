//! What can go wrong here, and how SCIM says it (RFC 7644 §3.12).

use kernel::Problem;
use kernel::problem::kinds;
use serde_json::{Value, json};

kernel::problem_kinds! {
    INVALID_FILTER = 400 "scim.invalid_filter" "The filter could not be read, or is longer or deeper than this service takes.";
    TOO_MANY = 400 "scim.too_many" "The filter leaves more resources to look at than this service will; narrow it by userName, externalId, emails, active, a name or meta.";
    UNIQUENESS = 409 "scim.uniqueness" "Another person or group has this userName, e-mail address or displayName.";
    MUTABILITY = 400 "scim.mutability" "The attribute is read-only, or must be there.";
    INVALID_SYNTAX = 400 "scim.invalid_syntax" "The body is not a SCIM message of the kind that this operation takes.";
    INVALID_PATH = 400 "scim.invalid_path" "The path of a PATCH operation could not be read, or names no attribute.";
    NO_TARGET = 400 "scim.no_target" "The path of a PATCH operation selects nothing.";
    INVALID_VALUE = 400 "scim.invalid_value" "A value is missing, or is not what its attribute takes.";
    NOT_IMPLEMENTED = 501 "scim.not_implemented" "This service does not support this operation.";
}

/// The media type of everything that SCIM says.
pub const MEDIA: &str = "application/scim+json";

/// 400 `invalidValue`.
pub fn invalid_value(detail: impl Into<String>) -> Problem {
    Problem::new(INVALID_VALUE).detail(detail)
}

/// 400 `invalidPath`.
pub fn invalid_path(detail: impl Into<String>) -> Problem {
    Problem::new(INVALID_PATH).detail(detail)
}

/// The keyword of RFC 7644 table 9 for a kind of problem, where there is one.
fn keyword(code: &str) -> Option<&'static str> {
    Some(match code {
        "scim.invalid_filter" => "invalidFilter",
        "scim.too_many" => "tooMany",
        "scim.uniqueness" | "person.email_taken" => "uniqueness",
        "scim.mutability" => "mutability",
        "scim.invalid_syntax" | "request.malformed" => "invalidSyntax",
        "scim.invalid_path" => "invalidPath",
        "scim.no_target" => "noTarget",
        "scim.invalid_value" | "body.invalid" => "invalidValue",
        _ => return None,
    })
}

/// A problem as SCIM says it: its status, and the body.
pub fn document(problem: &Problem, request_id: &str) -> (u16, Vec<u8>) {
    // SCIM knows no 422: what was read but is not acceptable is `invalidValue`.
    let status = if problem.kind == kinds::INVALID { 400 } else { problem.kind.status };
    let places: Vec<_> = problem.errors.iter().map(|error| format!("{}: {}", error.pointer, error.detail)).collect();
    let said = problem.detail.clone().or_else(|| (!places.is_empty()).then(|| places.join(" ")));
    let detail = said.unwrap_or_else(|| problem.kind.title.to_owned());
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(),
        "detail": format!("{detail} (request {request_id})"),
    });
    if let Some(keyword) = keyword(problem.kind.code) {
        body["scimType"] = Value::from(keyword);
    }
    (status, serde_json::to_vec(&body).unwrap_or_default())
}
