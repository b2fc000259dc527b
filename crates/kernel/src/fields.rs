//! Custom fields: one JSON Schema per vendor and kind of resource, checked on every write.

use crate::actor::Scope;
use crate::app::App;
use crate::cache::Followed;
use crate::problem::{FieldError, Problem};
use crate::tx::Tx;
use jsonschema::{PatternOptions, Validator};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

/// The kinds of resources that carry custom fields.
pub const RESOURCES: &[&str] = &["partner", "account", "opportunity", "deal"];
/// The longest schema, in bytes of JSON.
pub const MAX_SCHEMA: usize = 32_768;
/// The longest value, in bytes of JSON.
pub const MAX_VALUE: usize = 16_384;
/// The largest pattern in a schema, in bytes once compiled.
const MAX_PATTERN: usize = 262_144;
/// The event that makes a cached schema stale.
pub const CHANGED: &str = "custom_fields.changed";

/// Compiled schemas by vendor and resource; `None` where the vendor has none.
pub struct Schemas(Followed<(Uuid, &'static str), Option<Arc<Validator>>>);

impl Default for Schemas {
    fn default() -> Self {
        Self(Followed::new(4_096))
    }
}

impl Schemas {
    /// Keep this cache true to the log.
    pub fn follow(app: &App) {
        let schemas = app.service::<Self>();
        app.watch(move |vendor, kind, _| match kind {
            "*" => schemas.0.forget_all(),
            CHANGED => RESOURCES.iter().for_each(|resource| schemas.0.forget(&(vendor.0, *resource))),
            _ => {}
        });
    }
}

/// Compile a schema: an object schema without references, of bounded size.
pub fn compile(schema: &Value) -> Result<Validator, FieldError> {
    let refuse = |detail: String| FieldError::new("/schema", "schema", detail);
    if schema.to_string().len() > MAX_SCHEMA {
        return Err(refuse(format!("A schema has at most {MAX_SCHEMA} bytes.")));
    }
    if schema.get("type") != Some(&Value::from("object")) {
        return Err(refuse("The schema describes an object: set \"type\": \"object\".".into()));
    }
    if refers(schema) {
        return Err(refuse("A schema here has no references ($ref): write out what is meant.".into()));
    }
    // Linear-time patterns, and no references: whatever a vendor writes, a check takes no longer than schema times value.
    let patterns = PatternOptions::regex().size_limit(MAX_PATTERN);
    let options = jsonschema::options().should_validate_formats(true).with_pattern_options(patterns);
    options.build(schema).map_err(|cause| refuse(format!("{cause}.")))
}

/// Whether a schema refers to another or to itself: such can go round for ever, or double at every step.
fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(name, member)| matches!(&**name, "$ref" | "$dynamicRef" | "$recursiveRef") || refers(member)),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

/// Check custom fields against the vendor's schema; without one, none are taken.
pub async fn check(tx: &Tx, resource: &'static str, fields: &Map<String, Value>) -> Result<(), Problem> {
    let value = Value::Object(fields.clone());
    if !fields.is_empty() && value.to_string().len() > MAX_VALUE {
        return Err(Problem::invalid("/custom_fields", "too_long", format!("At most {MAX_VALUE} bytes.")));
    }
    let schemas = tx.app().service::<Schemas>();
    let load = async {
        let stored = stored(tx, tx.scope(), resource).await?;
        Ok::<_, DbErr>(stored.and_then(|schema| compile(&schema).ok()).map(Arc::new))
    };
    let validator = schemas.0.get_or_load((tx.vendor().0, resource), load).await?;
    match validator {
        None if fields.is_empty() => Ok(()),
        None => {
            let detail = format!("This vendor has no custom fields for {resource}; define them with PUT /v1/custom-fields/{resource}.");
            Err(Problem::invalid("/custom_fields", "unknown_field", detail))
        }
        Some(validator) => {
            let wrong = |error: jsonschema::ValidationError<'_>| {
                FieldError::new(format!("/custom_fields{}", error.instance_path()), "custom_field", format!("{error}."))
            };
            let errors: Vec<_> = validator.iter_errors(&value).take(20).map(wrong).collect();
            if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
        }
    }
}

/// Apply a merge patch (RFC 7396): null takes a member out, an object is merged, anything else replaces.
pub fn merge(fields: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, new) in patch {
        match (fields.get_mut(&name), new) {
            (_, Value::Null) => _ = fields.remove(&name),
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, Value::Object(new)) => {
                let mut made = Map::new();
                merge(&mut made, new);
                fields.insert(name, Value::Object(made));
            }
            (_, new) => _ = fields.insert(name, new),
        }
    }
}

/// The schema as stored.
pub async fn stored(db: &impl ConnectionTrait, scope: Scope, resource: &str) -> Result<Option<Value>, DbErr> {
    let sql = "SELECT schema FROM custom_fields WHERE vendor_id = $1 AND resource = $2";
    let values = [scope.vendor().0.into(), resource.into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    let Some(row) = row else { return Ok(None) };
    let text: String = row.try_get("", "schema")?;
    serde_json::from_str(&text).map(Some).map_err(|cause| DbErr::Json(cause.to_string()))
}

/// Store a schema in place of the one before; returns its revision.
pub async fn store(tx: &Tx, resource: &str, schema: &Value) -> Result<i64, DbErr> {
    let sql = "INSERT INTO custom_fields (vendor_id, resource, revision, schema, updated_at) VALUES ($1, $2, 1, $3, $4) \
        ON CONFLICT (vendor_id, resource) DO UPDATE SET revision = custom_fields.revision + 1, schema = $3, updated_at = $4 RETURNING revision";
    let values = [tx.vendor().0.into(), resource.into(), schema.to_string().into(), tx.now().into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("custom_fields".into()))?.try_get("", "revision")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_that_could_run_for_ever_is_refused() {
        for hostile in
            [json!({"type": "object", "$ref": "#"}), json!({"type": "object", "properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}})]
        {
            assert!(compile(&hostile).is_err(), "{hostile}");
        }
        for pattern in ["(?=a)b", "(a*)*\\1", "((\\w{99}){99}){99}"] {
            assert!(compile(&json!({"type": "object", "properties": {"a": {"pattern": pattern}}})).is_err(), "{pattern}");
        }
        let evil = compile(&json!({"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}})).expect("harmless in linear time");
        assert!(!evil.is_valid(&json!({"a": format!("{}!", "a".repeat(10_000))})));
    }

    #[test]
    fn a_merge_patch_takes_out_merges_and_replaces() {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let mut fields = object(json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1]}));
        merge(&mut fields, object(json!({"a": null, "b": {"c": null, "x": 4}, "e": {"f": null, "g": 5}, "h": true})));
        assert_eq!(Value::Object(fields), json!({"b": {"d": 3, "x": 4}, "e": {"g": 5}, "h": true}));
    }
}
