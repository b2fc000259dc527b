//! What the derives cannot say so well: pages that refer to their rows, and fields that are absent rather than null.

use super::check::references;
use super::methods;
use std::collections::BTreeSet;
use utoipa::openapi::schema::{ArrayItems, SchemaType};
use utoipa::openapi::{OpenApi, Ref, RefOr, Schema, Type};

/// `Page_Deal`, which repeats the whole `Deal`, becomes `DealPage`, which refers to it.
pub(super) fn name_pages(document: &mut OpenApi) {
    let Some(components) = &mut document.components else { return };
    let pages: Vec<String> = components.schemas.keys().filter_map(|name| name.strip_prefix("Page_").map(str::to_owned)).collect();
    for row in pages {
        let Some(mut page) = components.schemas.remove(&format!("Page_{row}")) else { continue };
        if let RefOr::T(Schema::Object(page)) = &mut page {
            page.description = Some(format!("One page of a list; its rows are `{row}`."));
            if let Some(RefOr::T(Schema::Array(data))) = page.properties.get_mut("data") {
                data.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(&row).into()));
            }
        }
        components.schemas.insert(format!("{row}Page"), page);
    }
    for item in document.paths.paths.values_mut() {
        for (_, operation) in methods(item) {
            operation.responses.responses.values_mut().for_each(rename_page);
        }
    }
}

fn rename_page(response: &mut RefOr<utoipa::openapi::Response>) {
    let RefOr::T(response) = response else { return };
    for content in response.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        if let Some(RefOr::Ref(reference)) = &mut content.schema
            && let Some(row) = reference.ref_location.strip_prefix("#/components/schemas/Page_")
        {
            reference.ref_location = format!("#/components/schemas/{row}Page");
        }
    }
}

/// Schemas that only parts of others referred to are no longer needed.
pub(super) fn drop_unused(document: &mut OpenApi) {
    let used = reached(document, |document| {
        let sections = (&document.paths, &document.webhooks, document.components.as_ref().map(|all| (&all.responses, &all.parameters, &all.headers)));
        serde_json::to_value(sections).unwrap_or_default()
    });
    if let Some(components) = &mut document.components {
        components.schemas.retain(|name, _| used.contains(name));
    }
}

/// An answer leaves a member out where a request may send null: what is only ever answered is never null.
pub(super) fn say_absent_not_null(document: &mut OpenApi) {
    let sent = reached(document, |document| {
        let mut paths = document.paths.clone();
        let bodies: Vec<_> =
            paths.paths.values_mut().flat_map(methods).map(|(_, operation)| (operation.request_body.clone(), operation.parameters.clone())).collect();
        serde_json::to_value(bodies).unwrap_or_default()
    });
    let Some(components) = &mut document.components else { return };
    for (_, schema) in components.schemas.iter_mut().filter(|(name, _)| !sent.contains(*name)) {
        if let RefOr::T(schema) = schema {
            without_null(schema);
        }
    }
}

/// The names of the schemas that can be reached from a part of the document.
fn reached(document: &OpenApi, part: impl Fn(&OpenApi) -> serde_json::Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    references(&part(document), &mut found);
    let Some(components) = &document.components else { return found };
    let name = |reference: &str| reference.strip_prefix("#/components/schemas/").map(str::to_owned);
    let mut names: BTreeSet<String> = found.iter().filter_map(|reference| name(reference)).collect();
    let mut open: Vec<String> = names.iter().cloned().collect();
    while let Some(next) = open.pop() {
        let mut further = BTreeSet::new();
        references(&components.schemas.get(&next).map(|schema| serde_json::to_value(schema).unwrap_or_default()).unwrap_or_default(), &mut further);
        open.extend(further.iter().filter_map(|reference| name(reference)).filter(|name| names.insert(name.clone())));
    }
    names
}

fn without_null(schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            let required = object.required.clone();
            for (_, property) in object.properties.iter_mut().filter(|(name, _)| !required.contains(name)) {
                drop_null(property);
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(|part| {
            if let RefOr::T(part) = part {
                without_null(part);
            }
        }),
        _ => {}
    }
}

fn drop_null(property: &mut RefOr<Schema>) {
    let RefOr::T(schema) = property else { return };
    match schema {
        Schema::Object(object) => not_null(&mut object.schema_type),
        Schema::Array(array) => not_null(&mut array.schema_type),
        Schema::OneOf(one) => {
            let is_null =
                |part: &RefOr<Schema>| matches!(part, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null));
            one.items.retain(|part| !is_null(part));
            if one.items.len() == 1 {
                *property = one.items.remove(0);
            }
        }
        _ => {}
    }
}

fn not_null(kind: &mut SchemaType) {
    if let SchemaType::Array(kinds) = kind {
        kinds.retain(|kind| *kind != Type::Null);
        if let [only] = kinds.as_slice() {
            *kind = SchemaType::Type(only.clone());
        }
    }
}
