//! Examples for bodies whose own schema carries none: pages, and bodies that may be left out.

use super::{methods, resolve};
use serde_json::{Value, json};
use utoipa::openapi::content::Content;
use utoipa::openapi::schema::{ArrayItems, Components, SchemaType};
use utoipa::openapi::{KnownFormat, Object, OpenApi, Ref, RefOr, Schema, SchemaFormat, Type};

pub(super) fn add(document: &mut OpenApi) {
    let mut paths = std::mem::take(&mut document.paths);
    for item in paths.paths.values_mut() {
        for (_, operation) in methods(item) {
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                body.content.values_mut().for_each(|content| complete(document, content));
            }
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    response.content.values_mut().for_each(|content| complete(document, content));
                }
            }
        }
    }
    document.paths = paths;
}

fn complete(document: &OpenApi, content: &mut RefOr<Content>) {
    let RefOr::T(content) = content else { return };
    if content.example.is_some() || !content.examples.is_empty() {
        return;
    }
    if let Some(schema) = &content.schema {
        let carries_its_own = resolve(document, schema).is_some_and(|schema| own(schema).is_some());
        content.example = if carries_its_own { None } else { of(document, schema) };
    }
}

/// The example that a schema carries itself.
fn own(schema: &Schema) -> Option<Value> {
    let (example, examples) = match schema {
        Schema::Object(object) => (&object.example, &object.examples),
        Schema::Array(array) => (&array.example, &array.examples),
        Schema::OneOf(one) => (&one.example, &one.examples),
        Schema::AllOf(all) => (&all.example, &all.examples),
        Schema::AnyOf(any) => (&any.example, &any.examples),
        _ => return None,
    };
    example.clone().or_else(|| examples.first().cloned())
}

/// An example of this schema: its own, or one made of its parts.
pub(super) fn sample(components: &Components, schema: &RefOr<Schema>) -> Value {
    let schema = match schema {
        RefOr::T(schema) => schema,
        RefOr::Ref(to) => {
            let name = to.ref_location.rsplit('/').next().unwrap_or_default();
            return components.schemas.get(name).map_or(Value::Null, |schema| sample(components, schema));
        }
    };
    if let Some(example) = own(schema) {
        return example;
    }
    match schema {
        Schema::OneOf(one) => one.items.first().map_or(Value::Null, |part| sample(components, part)),
        Schema::Array(array) => match &array.items {
            ArrayItems::RefOrSchema(item) => json!([sample(components, item)]),
            _ => json!([]),
        },
        Schema::Object(object) => plain(components, object),
        _ => Value::Null,
    }
}

fn plain(components: &Components, object: &Object) -> Value {
    if let Some(first) = object.enum_values.as_ref().and_then(|values| values.first()) {
        return first.clone();
    }
    let is = |kind: Type| match &object.schema_type {
        SchemaType::Type(only) => *only == kind,
        SchemaType::Array(kinds) => kinds.contains(&kind),
        SchemaType::AnyValue => false,
    };
    let time = object.format == Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
    match () {
        () if is(Type::Object) => object.properties.iter().map(|(name, schema)| (name.clone(), sample(components, schema))).collect(),
        () if is(Type::Integer) => json!(1),
        () if is(Type::Boolean) => json!(true),
        () if is(Type::String) && time => json!("2026-11-20T12:00:00Z"),
        () if is(Type::String) => json!("text"),
        () => Value::Null,
    }
}

/// An example put together from those of the parts.
fn of(document: &OpenApi, schema: &RefOr<Schema>) -> Option<Value> {
    let found = resolve(document, schema)?;
    if let Some(example) = own(found) {
        return Some(example);
    }
    match found {
        Schema::OneOf(one) => one.items.iter().find_map(|part| of(document, part)),
        Schema::Array(array) => match &array.items {
            ArrayItems::RefOrSchema(item) => of(document, item).map(|item| json!([item])),
            _ => None,
        },
        Schema::Object(object) => {
            let data = object.properties.get("data").filter(|_| is_page(schema))?;
            Some(json!({"data": of(document, data)?, "next_cursor": "WyJwYXJ0bmVycyIsIjAxIl0"}))
        }
        _ => None,
    }
}

fn is_page(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::Ref(Ref { ref_location, .. }) if ref_location.ends_with("Page"))
}
