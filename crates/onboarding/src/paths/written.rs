//! What paths and walkthroughs are written with: keys, links, conditions, and what conditions see of a partner.

use kernel::problem::FieldError;
use kernel::rules::Expression;
use serde_json::Value;
use validator::ValidationError;

/// For `#[validate(custom(function = …))]`: a key like `first-deal`.
pub fn key(key: &str) -> Result<(), ValidationError> {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if key.split('-').all(plain) {
        return Ok(());
    }
    Err(ValidationError::new("key").with_message("Small letters, digits, and single hyphens between them.".into()))
}

/// For `#[validate(custom(function = …))]`: a link that a browser may follow without harm.
pub fn web(link: &str) -> Result<(), ValidationError> {
    let fine = url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if fine { Ok(()) } else { Err(ValidationError::new("url").with_message("Send an http or https URL.".into())) }
}

/// What is wrong with a condition over these names, if anything is.
pub fn expression(source: &str, names: &[&str], at: &str) -> Option<FieldError> {
    let cause = Expression::compile(source, names).err()?;
    let place = cause.line.zip(cause.column).map(|(line, column)| format!("Line {line}, column {column}: ")).unwrap_or_default();
    Some(FieldError::new(at, cause.code, format!("{place}{}", cause.detail)))
}

/// A partner as expressions see it; what is absent is `null`.
pub fn facts(partner: &partners::Partner) -> Value {
    serde_json::json!({"partner": {
        "name": partner.name, "type": partner.kind, "tier": partner.tier, "region": partner.region, "country": partner.country,
        "specialisations": partner.specialisations, "custom_fields": partner.custom_fields,
    }})
}
