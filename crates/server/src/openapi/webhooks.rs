//! Every event type as an entry of the document's `webhooks`, with the schema of its body.

use super::examples::sample;
use kernel::log::EventKind;
use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Components, RefBuilder};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Schema, Type};

const HEADERS: [(&str, &str, &str); 3] = [
    ("webhook-id", "The event's id; the same on every attempt. Take each once.", "evt_01jd3k7x2mfq8t9v5w6y0zabcd"),
    ("webhook-timestamp", "When this attempt was signed, in seconds since 1970. Refuse what is older than five minutes.", "1795176000"),
    (
        "webhook-signature",
        "Signatures of `id.timestamp.body`, separated by blanks: `v1,` HMAC-SHA-256 and `v1a,` Ed25519. One that fits is enough.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
];

/// Add an entry and a schema for each of `events`.
pub(super) fn add(document: &mut OpenApi, events: &[EventKind]) {
    let components = document.components.get_or_insert_with(Components::new);
    let mut webhooks = PathsBuilder::new();
    for event in events {
        components.schemas.extend(event.schemas.iter().cloned());
        let name = format!("{}Webhook", pascal(event.kind));
        let data = sample(components, &Ref::from_schema_name(&event.schema).into());
        components.schemas.insert(name.clone(), body(event, data));
        webhooks = webhooks.path(event.kind, PathItem::new(HttpMethod::Post, operation(event, &name)));
    }
    for (name, description, example) in HEADERS {
        let text = ObjectBuilder::new().schema_type(Type::String).examples([example]).build();
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::True).description(Some(description));
        components.parameters.insert(name.to_owned(), parameter.schema(Some(text)).build().into());
    }
    document.webhooks = Some(webhooks.build());
}

fn operation(event: &EventKind, body: &str) -> OperationBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(body))).build();
    let body = RequestBodyBuilder::new().description(Some("The event.")).required(Some(Required::True)).content("application/json", content).build();
    let mut operation = OperationBuilder::new()
        .tag("webhooks")
        .summary(Some(event.summary))
        .operation_id(Some(format!("on_{}", event.kind.replace('.', "_"))))
        .request_body(Some(body));
    for (name, ..) in HEADERS {
        operation = operation.parameter_ref(Ref::new(format!("#/components/parameters/{name}")));
    }
    operation
        .security(utoipa::openapi::security::SecurityRequirement::default())
        .response("2XX", ResponseBuilder::new().description("The receiver has it. Anything else is tried again for days.").build())
        .response(
            "410",
            ResponseBuilder::new().description("The receiver wants no more: the endpoint is disabled, and can be replayed from here.").build(),
        )
}

/// The envelope with its `type`, `version` and `data` narrowed to this event.
fn body(event: &EventKind, data: Value) -> RefOr<Schema> {
    let constant = |kind: Type, value: Value, description: &str| {
        ObjectBuilder::new().schema_type(kind).description(Some(description)).extensions(Some(Extensions::from_iter([("const", value)]))).build()
    };
    let subject = event.kind.split('.').next().unwrap_or_default();
    let example = json!({
        "id": "evt_01jd3k7x2mfq8t9v5w6y0zabcd", "type": event.kind, "version": event.version, "sequence": 7,
        "occurred_at": "2026-11-20T12:00:00.000000Z", "vendor_id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd",
        "actor": {"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"},
        "subject": {"type": subject, "id": subject_id(&data).unwrap_or_else(|| format!("{subject}_01jd3k7x2mfq8t9v5w6y0zabcd")), "revision": 1},
        "data": data,
    });
    let described = |object: ObjectBuilder, description: &str| object.description(Some(description)).build();
    let reference =
        |name: &str, description: &str| RefOr::Ref(RefBuilder::new().ref_location_from_schema_name(name).description(Some(description)).build());
    let number =
        ObjectBuilder::new().schema_type(Type::Integer).format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Int64)));
    let time = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)));
    let properties: Vec<(&str, RefOr<Schema>)> = vec![
        ("id", reference("EventId", "Unique; the `webhook-id` of every delivery of it.")),
        ("type", constant(Type::String, json!(event.kind), "The event's type.").into()),
        ("version", constant(Type::Integer, json!(event.version), "Version of the shape of `data`.").into()),
        ("sequence", described(number, "Place in the vendor's log: 1, 2, 3 … without a gap.").into()),
        ("occurred_at", described(time, "When the change was made.").into()),
        ("vendor_id", reference("VendorId", "Whose log it is in.")),
        ("actor", reference("ActorRef", "Who made the change.")),
        ("subject", reference("Subject", "What was changed.")),
        ("data", reference(&event.schema, "What is worth knowing of it.")),
    ];
    let mut object = ObjectBuilder::new().schema_type(Type::Object).description(Some(event.summary)).examples([example]);
    for (name, schema) in properties {
        object = object.property(name, schema).required(name);
    }
    RefOr::T(Schema::Object(object.build()))
}

/// The id in the example of an event's data, which is its subject's.
fn subject_id(data: &Value) -> Option<String> {
    data.as_object()?.values().find_map(|member| Some(member.get("id")?.as_str()?.to_owned()))
}

/// `deal.information_requested` as `DealInformationRequested`.
fn pascal(kind: &str) -> String {
    let word = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    kind.split(['.', '_']).map(word).collect()
}
