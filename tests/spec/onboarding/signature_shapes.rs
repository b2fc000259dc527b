//! What may be sent to signature services, in schemas of our own.
//!
//! They say of what we send what the published documents say, in fewer words and stricter, and were compared with them: DocuSign's
//! `esignature.rest.swagger-v2.1.json` (`docusign/OpenAPI-Specifications` at 0e104da6: `envelopeDefinition`, `eventNotification`, `envelope`) and Dropbox
//! Sign's `openapi.yaml`, version 3.0.0 (`hellosign/hellosign-openapi` at ad21451f: `SignatureRequestSendRequest`). Every value of a form is a text, and
//! so is every value of an envelope. All calls that these specifications make of DocuSign, and what the peer answers for an envelope, were validated once
//! by the published v2.1 document itself, with members refused that it does not name.

use serde_json::{Map, Value, json};

/// What is wrong with this call, if anything.
pub fn wrong(call: &str, sent: &Value) -> Option<String> {
    let schema = shape(call);
    let compiled = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let errors: Vec<_> = compiled.iter_errors(sent).map(|error| format!("{}: {error}", error.instance_path())).collect();
    (!errors.is_empty()).then(|| format!("{call}: {}\n{sent:#}", errors.join("; ")))
}

/// A closed object: these members, all of them required unless their name ends in `?`.
fn closed(members: Value) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, member) in members.as_object().expect("members") {
        properties.insert(name.trim_end_matches('?').to_owned(), member.clone());
        if !name.ends_with('?') {
            required.push(name.clone());
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn text(most: usize) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": most })
}

fn number() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]+$" })
}

fn yes_or_no() -> Value {
    json!({ "enum": ["true", "false"] })
}

fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of, "minItems": 1 })
}

fn shape(call: &str) -> Value {
    let (query, body) = match call {
        "docusign token" => (json!({}), assertion()),
        "docusign find" => (json!({ "transaction_ids": text(100), "include": { "const": "custom_fields" } }), Value::Null),
        "docusign create" => (json!({}), envelope()),
        "docusign look" => (json!({ "include": { "const": "recipients" } }), Value::Null),
        "docusign file" => (json!({ "certificate": { "const": "true" } }), Value::Null),
        "docusign void" => (json!({}), closed(json!({ "status": { "const": "voided" }, "voidedReason": text(200) }))),
        "dropbox find" => (json!({ "page": number(), "page_size": number() }), Value::Null),
        "dropbox create" => (json!({}), request()),
        "dropbox file" => (json!({ "file_type": { "enum": ["pdf", "zip"] } }), Value::Null),
        "dropbox look" | "dropbox void" => (json!({}), Value::Null),
        other => panic!("nobody knows {other}"),
    };
    let body = if body.is_null() { json!({ "type": "null" }) } else { body };
    closed(json!({ "query": closed(query), "body": body }))
}

/// A JWT grant (RFC 7523), as DocuSign's guide to authentication has it.
fn assertion() -> Value {
    let claims = json!({ "iss": { "const": "an-integration" }, "sub": { "const": "a-user" }, "aud": { "const": "127.0.0.1" },
        "scope": { "const": "signature impersonation" }, "iat": { "type": "integer" }, "exp": { "type": "integer" } });
    closed(json!({ "grant_type": { "const": "urn:ietf:params:oauth:grant-type:jwt-bearer" }, "assertion": closed(claims) }))
}

/// Of `envelopeDefinition`.
fn envelope() -> Value {
    let document =
        closed(json!({ "documentId": number(), "name": text(100), "fileExtension": { "const": "pdf" }, "documentBase64": { "type": "string" } }));
    let signer =
        closed(json!({ "recipientId": number(), "routingOrder": number(), "name": text(100), "email": { "type": "string", "format": "email" } }));
    let field = closed(json!({ "name": text(50), "value": text(100), "required": yes_or_no(), "show": yes_or_no() }));
    let reminders = closed(json!({ "reminderEnabled": yes_or_no(), "reminderDelay": number(), "reminderFrequency": number() }));
    let expirations = closed(json!({ "expireEnabled": yes_or_no(), "expireAfter": number(), "expireWarn": number() }));
    let notification = closed(json!({ "useAccountDefaults": yes_or_no(), "reminders": reminders, "expirations": expirations }));
    let data = closed(json!({ "format": { "const": "json" }, "version": { "const": "restv2.1" } }));
    let events = closed(json!({ "url": { "type": "string", "format": "uri" }, "loggingEnabled": yes_or_no(), "requireAcknowledgment": yes_or_no(),
        "includeHMAC": { "const": "true" }, "deliveryMode": { "enum": ["SIM", "aggregate"] }, "events": list(text(50)), "eventData": data }));
    closed(
        json!({ "transactionId": { "type": "string", "format": "uuid" }, "status": { "const": "sent" }, "emailSubject": text(100), "documents": list(document),
        "recipients": closed(json!({ "signers": list(signer) })), "customFields": closed(json!({ "textCustomFields": list(field) })),
        "notification": notification, "eventNotification?": events }),
    )
}

/// Of `SignatureRequestSendRequest`, as a form.
fn request() -> Value {
    let signer = closed(json!({ "name": text(255), "email_address": { "type": "string", "format": "email" }, "order": number() }));
    closed(
        json!({ "title": text(255), "subject": text(255), "allow_decline": yes_or_no(), "test_mode": yes_or_no(), "client_id?": text(100), "expires_at?": number(),
        "metadata": { "type": "object", "minProperties": 1, "maxProperties": 10, "additionalProperties": text(1_000) },
        "signers": { "type": "object", "minProperties": 1, "additionalProperties": signer }, "files": closed(json!({ "0": { "const": "application/pdf" } })) }),
    )
}

/// A form in parts: its values, with the names of its parts unfolded (`signers[0][name]`), a file by its media type; and the bytes of the file.
pub fn form(content_type: &str, bytes: &[u8]) -> Option<(Value, Vec<u8>)> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=")?;
    let (between, mut found, mut file) = (format!("\r\n--{boundary}"), json!({}), Vec::new());
    let mut rest = bytes.strip_prefix(&between.as_bytes()[2..])?;
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let (head, after) = split(part, b"\r\n\r\n")?;
        let (value, next) = split(after, between.as_bytes())?;
        let head = std::str::from_utf8(head).ok()?;
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        let media = head.split("Content-Type: ").nth(1);
        if media.is_some() {
            file = value.to_vec();
        }
        let value = media.map_or_else(|| String::from_utf8_lossy(value).into_owned(), |media| media.trim().to_owned());
        *name.split(['[', ']']).filter(|key| !key.is_empty()).fold(&mut found, |place, key| &mut place[key]) = json!(value);
        rest = next;
        if rest == b"--\r\n" {
            return Some((found, file));
        }
    }
    None
}

fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(by.len()).position(|window| window == by)?;
    Some((&bytes[..at], &bytes[at + by.len()..]))
}
