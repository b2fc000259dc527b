//! What holds for every operation: how it may be refused, and which headers it takes and gives.

use super::{methods, resolve, scim};
use crate::problem_kinds;
use kernel::problem::{Kind, Problem, ProblemDocument};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{AdditionalProperties, Components};
use utoipa::openapi::{
    Content, ContentBuilder, KnownFormat, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema, SchemaFormat, Type,
};

/// What an operation looks like from outside.
pub(super) struct Shape {
    pub(super) secured: bool,
    by_permission: bool,
    pub(super) in_path: bool,
    in_query: bool,
    pub(super) body: bool,
    pub(super) writes: bool,
    patches: bool,
}

/// A refusal that many operations share.
struct Refusal {
    status: u16,
    name: &'static str,
    when: &'static str,
    may: fn(&Shape) -> bool,
}

const REFUSALS: &[Refusal] = &[
    Refusal { status: 400, name: "Malformed", when: "The request could not be read.", may: |shape| shape.body || shape.in_query },
    Refusal { status: 401, name: "Unauthenticated", when: "No credential, or none that works.", may: |shape| shape.secured },
    Refusal { status: 403, name: "Forbidden", when: "The credential does not allow this.", may: |shape| shape.by_permission },
    Refusal { status: 404, name: "NotFound", when: "No such thing, or not for this caller.", may: |shape| shape.in_path },
    Refusal { status: 408, name: "TimedOut", when: "It took too long.", may: |_| true },
    Refusal { status: 409, name: "Conflict", when: "It collides with what is there.", may: |shape| shape.writes },
    Refusal { status: 412, name: "Stale", when: "The resource has changed since `If-Match`.", may: |shape| shape.patches },
    Refusal { status: 413, name: "TooLarge", when: "The body is over the limit.", may: |shape| shape.body },
    Refusal { status: 415, name: "UnsupportedMedia", when: "The body is of another media type.", may: |shape| shape.body },
    Refusal { status: 422, name: "Invalid", when: "It was read, but is not acceptable.", may: |shape| shape.body || shape.in_query || shape.writes },
    Refusal { status: 428, name: "MatchRequired", when: "`If-Match` is missing.", may: |shape| shape.patches },
    Refusal { status: 414, name: "UriTooLong", when: "The path and query are too long.", may: |_| true },
    Refusal { status: 429, name: "QuotaExceeded", when: "Too many requests; try again after `Retry-After` seconds.", may: |_| true },
    Refusal { status: 431, name: "HeadersTooLarge", when: "The headers are too many or too long.", may: |_| true },
    Refusal { status: 500, name: "Broken", when: "Something broke here.", may: |_| true },
    Refusal { status: 503, name: "Unavailable", when: "Not now; try again after `Retry-After` seconds.", may: |_| true },
];

/// Add it all.
pub(super) fn add(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    let mut schemas = vec![(ProblemDocument::name().into_owned(), <ProblemDocument as utoipa::PartialSchema>::schema())];
    ProblemDocument::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.schemas.values_mut().for_each(open_free_form);
    add_headers(components);
    add_parameters(components);
    let kinds = problem_kinds();
    scim::add(components);
    components.responses.extend(REFUSALS.iter().map(|refusal| (refusal.name.to_owned(), response(refusal, &kinds).into())));

    // Taken out so that the operations can be changed while the schemas are looked at.
    let mut paths = std::mem::take(&mut document.paths);
    for (path, item) in &mut paths.paths {
        for (method, operation) in methods(item) {
            let shape = Shape::of(method, path, operation);
            match scim::speaks(operation) {
                true => scim::complete(operation, &shape),
                false => complete(document, operation, &shape),
            }
        }
    }
    document.paths = paths;
}

impl Shape {
    fn of(method: &str, path: &str, operation: &Operation) -> Self {
        let scheme = |name: &str| operation.security.iter().flatten().any(|one| serde_json::to_value(one).is_ok_and(|one| one.get(name).is_some()));
        let query = |one: &RefOr<Parameter>| matches!(one, RefOr::T(one) if one.parameter_in == ParameterIn::Query);
        Self {
            secured: scheme("bearer") || scheme("operator"),
            by_permission: scheme("bearer"),
            in_path: path.contains('{'),
            in_query: operation.parameters.iter().flatten().any(query),
            body: operation.request_body.is_some(),
            writes: method != "GET",
            patches: method == "PATCH",
        }
    }
}

impl Shape {
    /// An answer is kept for its caller: without one there is nobody to give it to again.
    pub(super) fn keeps_answers(&self) -> bool {
        self.writes && self.secured
    }
}

fn complete(document: &OpenApi, operation: &mut Operation, shape: &Shape) {
    say_needs(operation);
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.iter_mut().for_each(|(media, content)| say_binary(media, content));
        if body.required.is_none() {
            body.required = Some(if may_be_left_out(body) { Required::False } else { Required::True });
        }
    }
    let parameters = operation.parameters.get_or_insert_default();
    if shape.keeps_answers() {
        parameters.push(RefOr::Ref(Ref::new("#/components/parameters/Idempotency-Key")));
    }
    if shape.patches {
        parameters.push(RefOr::Ref(Ref::new("#/components/parameters/If-Match")));
    }
    if parameters.is_empty() {
        operation.parameters = None;
    }
    for (status, response) in &mut operation.responses.responses {
        if let (RefOr::T(response), true) = (response, status.starts_with('2')) {
            give_headers(document, status, response, shape);
        }
    }
    for refusal in REFUSALS.iter().filter(|refusal| (refusal.may)(shape)) {
        let reference = || Ref::new(format!("#/components/responses/{}", refusal.name)).into();
        operation.responses.responses.entry(refusal.status.to_string()).or_insert_with(reference);
    }
}

/// Say in words which credential and permission an operation needs.
pub(super) fn say_needs(operation: &mut Operation) {
    let needs = match needed(operation).as_deref() {
        Some("operator") => "Needs the operator's key.".to_owned(),
        Some("bearer") => "Any working credential will do.".to_owned(),
        Some(permission) => format!("Needs the permission `{permission}`."),
        None => "Needs no credential.".to_owned(),
    };
    operation.description = Some(operation.description.iter().map(|text| format!("{}\n\n", text.trim_end())).collect::<String>() + &needs);
}

/// A body that is not JSON is bytes to a client.
fn say_binary(media: &str, content: &mut RefOr<Content>) {
    if let RefOr::T(content) = content
        && let Some(RefOr::T(Schema::Object(object))) = &mut content.schema
        && !media.ends_with("/json")
        && !media.ends_with("+json")
    {
        object.format = Some(SchemaFormat::KnownFormat(KnownFormat::Binary));
    }
}

/// Whether a body is written as an option.
fn may_be_left_out(body: &RequestBody) -> bool {
    body.content.values().any(|content| match content {
        RefOr::T(content) => matches!(&content.schema, Some(RefOr::T(Schema::OneOf(_)))),
        RefOr::Ref(_) => false,
    })
}

/// The permission that an operation asks for; the name of the scheme if a credential is enough.
pub(super) fn needed(operation: &Operation) -> Option<String> {
    let required = serde_json::to_value(&operation.security).unwrap_or_default();
    let schemes = required.as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
    let named = schemes.map(|(scheme, scopes)| {
        let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if scopes.is_empty() { scheme.clone() } else { scopes.join(",") }
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() { None } else { Some(named.join(",")) }
}

fn give_headers(document: &OpenApi, status: &str, response: &mut Response, shape: &Shape) {
    let json = response.content.get("application/json").and_then(|content| match content {
        RefOr::T(content) => content.schema.clone(),
        RefOr::Ref(_) => None,
    });
    let has_revision = json.as_ref().is_some_and(|schema| properties(document, schema).contains("revision"));
    let given = [
        ("X-Request-Id", true),
        ("ETag", has_revision),
        ("Location", has_revision && matches!(status, "201" | "202")),
        ("Idempotent-Replayed", shape.keeps_answers()),
        ("RateLimit-Policy", shape.by_permission),
        ("RateLimit", shape.by_permission),
    ];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        response.headers.insert(name.to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{name}"))));
    }
}

/// The names of an object's properties, including those of the parts that it is composed of.
fn properties(document: &OpenApi, schema: &RefOr<Schema>) -> BTreeSet<String> {
    match resolve(document, schema) {
        Some(Schema::Object(object)) => object.properties.keys().cloned().collect(),
        Some(Schema::AllOf(all)) => all.items.iter().flat_map(|part| properties(document, part)).collect(),
        _ => BTreeSet::new(),
    }
}

fn response(refusal: &Refusal, kinds: &[Kind]) -> Response {
    let of_status: Vec<&Kind> = kinds.iter().filter(|kind| kind.status == refusal.status).collect();
    let codes: Vec<String> = of_status.iter().map(|kind| format!("- `{}`: {}", kind.code, kind.title)).collect();
    let description = format!("{} The `code` is one of:\n\n{}", refusal.when, codes.join("\n"));
    let example = of_status.first().map(|kind| example(kind));
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).example(example).build();
    let mut response = ResponseBuilder::new().description(description).content("application/problem+json", content).build();
    let more: &[&str] = match refusal.status {
        401 => &["WWW-Authenticate"],
        429 => &["Retry-After", "RateLimit-Policy", "RateLimit"],
        503 => &["Retry-After"],
        _ => &[],
    };
    for name in ["X-Request-Id"].iter().chain(more) {
        response.headers.insert((*name).to_owned(), RefOr::Ref(Ref::new(format!("#/components/headers/{name}"))));
    }
    response
}

fn example(kind: &Kind) -> Value {
    let body = Problem::new(*kind).body(Some("0198c1c2-6d3f-7e0a-9a51-0d9f7a1b2c3d"));
    serde_json::from_slice(&body).unwrap_or_default()
}

fn add_headers(components: &mut Components) {
    let headers = [
        (
            "X-Request-Id",
            "The request's id: the caller's own `X-Request-Id` if it sent one, else a fresh one.",
            json!("0198c1c2-6d3f-7e0a-9a51-0d9f7a1b2c3d"),
        ),
        ("ETag", "The resource's revision; send it as `If-Match` with a change.", json!("\"3\"")),
        ("Location", "The path of what was made.", json!("/v1/deals/deal_01jd3k7x2mfq8t9v5w6y0zabcd")),
        ("Idempotent-Replayed", "`true` if this answer was given before to the same `Idempotency-Key`; absent otherwise.", json!("true")),
        ("WWW-Authenticate", "How to authenticate.", json!("Bearer realm=\"prm\"")),
        ("Retry-After", "Seconds to wait.", json!("1")),
        (
            "RateLimit-Policy",
            "The limits that the caller is under (draft-ietf-httpapi-ratelimit-headers): requests `q` in a window of `w` seconds, by policy. \
             Absent if there are none.",
            json!("\"key\";q=6000;w=60, \"vendor\";q=12000;w=60"),
        ),
        (
            "RateLimit",
            "Where the caller stands with each: requests `r` that may follow at once, and seconds `t` until all are there again, or, if none is, until one is.",
            json!("\"key\";r=999;t=1, \"vendor\";r=1999;t=1"),
        ),
    ];
    for (name, description, example) in headers {
        let text = ObjectBuilder::new().schema_type(Type::String).examples([example]).build();
        components.headers.insert(name.to_owned(), HeaderBuilder::new().schema(Some(text)).description(Some(description)).build().into());
    }
}

fn add_parameters(components: &mut Components) {
    let key = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(255))
        .examples([json!("0d9f7a1b-6d3f-4e0a-9a51-0198c1c22c3d")]);
    let match_ = ObjectBuilder::new().schema_type(Type::String).examples([json!("\"3\"")]);
    let parameters = [
        (
            "Idempotency-Key",
            Required::False,
            "Unique to this intent, e.g. a UUID. Repeating the request with it does nothing and gives the first answer again.",
            key.build(),
        ),
        ("If-Match", Required::True, "The `ETag` (revision) that the change is based on.", match_.build()),
    ];
    for (name, required, description, schema) in parameters {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(required);
        let parameter = parameter.description(Some(description)).schema(Some(schema)).build();
        components.parameters.insert(name.to_owned(), parameter.into());
    }
}

/// An object without a word on its members may have any: said so, or generated clients take it for empty.
fn open_free_form(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            let is_object = serde_json::to_value(&object.schema_type)
                .is_ok_and(|kind| kind == "object" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("object"))));
            if is_object && object.properties.is_empty() && object.additional_properties.is_none() {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
            }
            object.properties.values_mut().for_each(open_free_form);
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(open_free_form),
        Schema::AllOf(all) => all.items.iter_mut().for_each(open_free_form),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(open_free_form),
        _ => {}
    }
}
