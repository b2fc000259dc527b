//! SCIM's operations in the document: refused in SCIM's own words, `If-Match` never required, pages by index.

use super::common::{Shape, say_needs};
use scim::document::ScimError;
use utoipa::PartialSchema as _;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::Components;
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Type};

const REFUSED: &str = "ScimRefused";

/// Whether an operation speaks SCIM.
pub(super) fn speaks(operation: &Operation) -> bool {
    operation.tags.iter().flatten().any(|tag| tag == "scim")
}

/// What all of them share.
pub(super) fn add(components: &mut Components) {
    components.schemas.insert("ScimError".to_owned(), ScimError::schema());
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ScimError"))).build();
    let refused = ResponseBuilder::new().description("Refused, as RFC 7644 §3.12 says it.").content(scim::error::MEDIA, content);
    let refused = refused.header("X-Request-Id", header("The request's id."));
    components.responses.insert(REFUSED.to_owned(), refused.build().into());
}

fn header(description: &str) -> utoipa::openapi::Header {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    utoipa::openapi::header::HeaderBuilder::new().schema(Some(text)).description(Some(description)).build()
}

/// Complete one of them.
pub(super) fn complete(operation: &mut Operation, shape: &Shape) {
    say_needs(operation);
    if let Some(RefOr::T(RequestBody { required, .. })) = &mut operation.request_body {
        *required = Some(Required::True);
    }
    let parameters = operation.parameters.get_or_insert_default();
    if shape.keeps_answers() {
        parameters.push(RefOr::Ref(Ref::new("#/components/parameters/Idempotency-Key")));
    }
    let of_one = shape.in_path && shape.secured;
    let condition = |name: &str, description: &str| -> RefOr<Parameter> {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
        header.description(Some(description)).schema(Some(text)).build().into()
    };
    match (of_one, shape.writes) {
        (true, true) => {
            parameters.push(condition("If-Match", "The version that the change is based on; refused with 412 if it is not the present one."))
        }
        (true, false) => parameters.push(condition("If-None-Match", "The version that the caller has; answered with 304 if it is the present one.")),
        _ => {}
    }
    if parameters.is_empty() {
        operation.parameters = None;
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(Response { headers, .. }) = response {
            headers.insert("X-Request-Id".to_owned(), RefOr::Ref(Ref::new("#/components/headers/X-Request-Id")));
        }
    }
    let asked: &[u16] = if shape.secured { &[400, 401, 403, 404, 409, 412, 413, 415] } else { &[400, 404] };
    for status in asked.iter().chain(&[408, 414, 429, 431, 500, 501, 503]) {
        let refused = || Ref::new(format!("#/components/responses/{REFUSED}")).into();
        operation.responses.responses.entry(status.to_string()).or_insert_with(refused);
    }
}
