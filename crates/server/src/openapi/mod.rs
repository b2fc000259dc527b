//! The published document: what the handlers say of themselves, and what is true of all of them.

mod check;
mod common;
mod examples;
mod lists;
mod prose;
mod scim;
mod tidy;
mod webhooks;
mod write;

pub use check::faults;
pub(crate) use lists::lists;
pub use write::{operations, pretty, update};

use kernel::log::EventKind;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Schema};

/// The part of one crate: its name, and what its routes and their types say.
pub type Part = (&'static str, OpenApi);

/// The document of everything that is served.
pub fn document() -> OpenApi {
    let parts: Vec<Part> = crate::assemble::routers().into_iter().map(|(name, router)| (name, router.into_openapi())).collect();
    join(parts, crate::event_kinds())
}

/// Join what the crates say and add what holds for all.
pub(crate) fn join(parts: Vec<Part>, events: &[EventKind]) -> OpenApi {
    let mut document = prose::opening();
    for (_, part) in parts {
        document.merge(part);
    }
    webhooks::add(&mut document, events);
    common::add(&mut document);
    tidy::name_pages(&mut document);
    tidy::drop_unused(&mut document);
    tidy::say_absent_not_null(&mut document);
    examples::add(&mut document);
    document
}

/// What is wrong with the document of everything that is served, as sentences; nothing, it is hoped.
pub fn faults_of_all() -> Vec<String> {
    let parts: Vec<Part> = crate::assemble::routers().into_iter().map(|(name, router)| (name, router.into_openapi())).collect();
    let events = crate::event_kinds();
    let mut found = check::collisions(&parts, events);
    found.extend(faults(&document()));
    found
}

/// The operations of a path, by method.
pub(crate) fn methods(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)];
    all.into_iter().filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation))).collect()
}

/// The schema itself, if `schema` refers to one.
pub(crate) fn resolve<'a>(document: &'a OpenApi, schema: &'a RefOr<Schema>) -> Option<&'a Schema> {
    match schema {
        RefOr::T(schema) => Some(schema),
        RefOr::Ref(to) => {
            let name = to.ref_location.strip_prefix("#/components/schemas/")?;
            match document.components.as_ref()?.schemas.get(name)? {
                RefOr::T(schema) => Some(schema),
                again => resolve(document, again),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_in_order() {
        let found = faults_of_all();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    #[test]
    fn every_example_is_what_its_schema_says() {
        let document = serde_json::to_value(document()).unwrap();
        let mut wrong = Vec::new();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let rule = serde_json::json!({"$ref": format!("#/components/schemas/{name}"), "components": document["components"]});
            let rule = jsonschema::draft202012::options().should_validate_formats(true).build(&rule).unwrap();
            for example in
                schema["example"].as_object().map(|_| &schema["example"]).into_iter().chain(schema["examples"].as_array().into_iter().flatten())
            {
                wrong.extend(rule.iter_errors(example).map(|error| format!("{name}{}: {error}", error.instance_path())));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_same_code_gives_the_same_text() {
        assert!(pretty(&document()) == pretty(&document()));
    }
}
