//! The schemas that are published and obeyed: one JSON document each (RFC 7643 §7), read once.

use serde::Deserialize;
use serde_json::Value;
use std::sync::LazyLock;

/// The URI of the core schema of people.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URI of the enterprise extension (RFC 7643 §4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The URI of the core schema of groups.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// What an attribute holds (RFC 7643 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A time.
    DateTime,
    /// A URI.
    Reference,
    /// Bytes in base64.
    Binary,
    /// Parts with names of their own.
    Complex,
}

/// One attribute of a schema.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Its name, in the case in which it is written.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether it holds a list.
    #[serde(default)]
    pub multi_valued: bool,
    /// Whether it must be there.
    #[serde(default)]
    pub required: bool,
    /// Whether case matters in comparisons.
    #[serde(default)]
    pub case_exact: bool,
    /// `readOnly`, `readWrite` or `immutable`.
    pub mutability: String,
    /// Its parts.
    #[serde(default)]
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// Whether only the service sets it.
    pub fn is_read_only(&self) -> bool {
        self.mutability == "readOnly"
    }

    /// The part of this name, in whatever case it is written.
    pub fn part(&self, name: &str) -> Option<&Attribute> {
        named(&self.sub_attributes, name)
    }
}

/// The attributes of one URI.
#[derive(Debug, Clone, Deserialize)]
pub struct Schema {
    /// Its URI.
    pub id: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

/// A kind of resource: its schema, and the extensions that it may carry.
#[derive(Debug)]
pub struct Kind {
    /// `User` or `Group`.
    pub name: &'static str,
    /// Where its resources are, e.g. `/Users`.
    pub endpoint: &'static str,
    /// Its core schema.
    pub core: Schema,
    /// Its extensions.
    pub extensions: Vec<Schema>,
}

/// Where an attribute stands: in which extension (none: the core), and which it is.
pub struct Found<'a> {
    /// The extension's URI.
    pub extension: Option<&'a str>,
    /// The attribute.
    pub attribute: &'a Attribute,
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

impl Kind {
    /// The extension with this URI, in whatever case it is written.
    pub fn extension(&self, uri: &str) -> Option<&Schema> {
        self.extensions.iter().find(|schema| schema.id.eq_ignore_ascii_case(uri))
    }

    /// The attribute of this name in the core, or in the schema with this URI.
    pub fn find(&self, uri: Option<&str>, name: &str) -> Option<Found<'_>> {
        match uri.filter(|uri| !self.core.id.eq_ignore_ascii_case(uri)) {
            None => named(&self.core.attributes, name).or_else(|| named(&COMMON, name)).map(|attribute| Found { extension: None, attribute }),
            Some(uri) => {
                let schema = self.extension(uri)?;
                named(&schema.attributes, name).map(|attribute| Found { extension: Some(&schema.id), attribute })
            }
        }
    }

    /// Whether this is the URI of one of its schemas.
    pub fn has_schema(&self, uri: &str) -> bool {
        self.core.id.eq_ignore_ascii_case(uri) || self.extension(uri).is_some()
    }
}

/// The attributes that every resource has and no schema lists (RFC 7643 §3.1).
static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(|| {
    let text = r#"[
        {"name": "id", "type": "string", "caseExact": true, "mutability": "readOnly"},
        {"name": "externalId", "type": "string", "caseExact": true, "mutability": "readWrite"},
        {"name": "schemas", "type": "reference", "multiValued": true, "caseExact": true, "mutability": "readOnly"},
        {"name": "meta", "type": "complex", "mutability": "readOnly", "subAttributes": [
            {"name": "resourceType", "type": "string", "caseExact": true, "mutability": "readOnly"},
            {"name": "created", "type": "dateTime", "mutability": "readOnly"},
            {"name": "lastModified", "type": "dateTime", "mutability": "readOnly"},
            {"name": "location", "type": "reference", "caseExact": true, "mutability": "readOnly"},
            {"name": "version", "type": "string", "caseExact": true, "mutability": "readOnly"}]}]"#;
    serde_json::from_str(text).expect("the common attributes are well formed")
});

/// The published schemas, as documents.
pub static DOCUMENTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let texts = [
        include_str!("schemas/user.json"),
        include_str!("schemas/enterprise_user.json"),
        include_str!("schemas/group.json"),
        include_str!("schemas/service_provider_config.json"),
        include_str!("schemas/resource_type.json"),
        include_str!("schemas/schema.json"),
    ];
    texts.iter().map(|text| serde_json::from_str(text).expect("a schema is well formed")).collect()
});

fn read(at: usize) -> Schema {
    serde_json::from_value(DOCUMENTS[at].clone()).expect("a schema is well formed")
}

/// People.
pub static USERS: LazyLock<Kind> = LazyLock::new(|| Kind { name: "User", endpoint: "/Users", core: read(0), extensions: vec![read(1)] });
/// Groups.
pub static GROUPS: LazyLock<Kind> = LazyLock::new(|| Kind { name: "Group", endpoint: "/Groups", core: read(2), extensions: Vec::new() });

/// The form in which text is compared where case does not matter: composed, in lower case, as PRECIS' UsernameCaseMapped profile (RFC 8265 §3.3).
pub fn key(text: &str) -> String {
    access::people::canonical_email(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_in_any_case_and_by_their_full_name() {
        assert_eq!(USERS.find(None, "USERNAME").unwrap().attribute.name, "userName");
        assert_eq!(USERS.find(Some(&USER.to_uppercase()), "externalid").unwrap().attribute.name, "externalId");
        assert_eq!(USERS.find(Some(ENTERPRISE), "department").unwrap().extension, Some(ENTERPRISE));
        assert!(USERS.find(None, "department").is_none() && GROUPS.find(Some(ENTERPRISE), "department").is_none());
        assert!(GROUPS.has_schema(GROUP) && !GROUPS.has_schema(USER));
    }
}
