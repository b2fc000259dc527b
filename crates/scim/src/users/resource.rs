//! What is kept of a person, and how it is shown.

use super::store::{Group, User};
use crate::error::invalid_value;
use crate::request::version;
use crate::schema::{ENTERPRISE, USER, key};
use access::people::PersonStatus;
use kernel::Problem;
use serde_json::{Map, Value, json};
use validator::ValidateEmail as _;

/// The most that is kept of one person, in bytes.
const LARGEST: usize = 64 << 10;

/// What follows from what a directory says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `userName`, as it is compared.
    pub user_name: String,
    /// The e-mail address of the person.
    pub email: String,
    /// Every address, as they are compared.
    pub addresses: Vec<String>,
    /// The name of the person.
    pub name: String,
}

fn text<'a>(attributes: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    attributes.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// A part of `name`, as it is compared.
pub fn name_part(attributes: &Map<String, Value>, part: &str) -> Option<String> {
    attributes.get("name").and_then(|name| name[part].as_str()).map(key)
}

impl Facts {
    /// Read them; 400 if there is no userName or no address.
    pub fn of(attributes: &Map<String, Value>) -> Result<Self, Problem> {
        let user_name = text(attributes, "userName").ok_or_else(|| invalid_value("userName is required."))?;
        if serde_json::to_string(attributes).map_or(usize::MAX, |all| all.len()) > LARGEST {
            return Err(invalid_value("The attributes of a person take 64 KiB at most."));
        }
        let email = email_of(attributes);
        if !email.validate_email() || email.len() > 254 {
            return Err(invalid_value("A person needs an e-mail address: send emails, or a userName that is one."));
        }
        let emails = attributes.get("emails").and_then(Value::as_array).into_iter().flatten();
        let mut addresses: Vec<_> = emails.filter_map(|one| one["value"].as_str()).map(key).chain([email.clone()]).collect();
        addresses.sort();
        addresses.dedup();
        Ok(Self { user_name: key(user_name), email, addresses, name: name_of(attributes) })
    }
}

/// Where mail to the person goes.
fn email_of(attributes: &Map<String, Value>) -> String {
    let all: Vec<_> = attributes.get("emails").and_then(Value::as_array).into_iter().flatten().collect();
    let work = |one: &&&Value| one["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
    let chosen = all.iter().find(|one| one["primary"] == true).or_else(|| all.iter().find(work)).or(all.first());
    key(chosen.and_then(|one| one["value"].as_str()).or(text(attributes, "userName")).unwrap_or_default())
}

/// What the person is called.
fn name_of(attributes: &Map<String, Value>) -> String {
    let part = |name: &str| attributes.get("name").and_then(|parts| parts[name].as_str()).map(str::trim).filter(|text| !text.is_empty());
    let joined = [part("givenName"), part("familyName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let joined = Some(joined.as_str()).filter(|text| !text.is_empty());
    let name = text(attributes, "displayName").or(part("formatted")).or(joined).or(text(attributes, "userName")).unwrap_or("?");
    kernel::text::tidy(&name.chars().take(200).collect::<String>())
}

impl User {
    /// What is kept of the person, without `active`: of one whom no directory knows, what follows from the person.
    pub fn attributes(&self) -> Map<String, Value> {
        let person = &self.person;
        let mut kept = self.kept.clone().unwrap_or_else(|| Map::from_iter([("userName".to_owned(), Value::from(person.email.as_str()))]));
        // What was changed by hand since is what holds.
        if kernel::text::tidy(&name_of(&kept)) != person.name {
            kept.insert("displayName".to_owned(), Value::from(person.name.as_str()));
        }
        if email_of(&kept) != person.email || self.kept.is_none() {
            kept.insert("emails".to_owned(), json!([{ "value": person.email, "type": "work", "primary": true }]));
        }
        kept
    }

    /// The whole resource.
    pub fn shown(&self, base: &str, groups: &[Group]) -> Value {
        let person = &self.person;
        let mut whole = self.attributes();
        let extended = whole.contains_key(ENTERPRISE);
        let schemas = if extended { vec![USER, ENTERPRISE] } else { vec![USER] };
        whole.insert("schemas".into(), json!(schemas));
        whole.insert("id".into(), json!(person.id()));
        whole.insert("active".into(), json!(person.status == PersonStatus::Active));
        if !groups.is_empty() {
            let shown =
                |group: &Group| json!({ "value": group.id, "$ref": format!("{base}/Groups/{}", group.id), "display": group.name, "type": "direct" });
            whole.insert("groups".into(), groups.iter().map(shown).collect());
        }
        let location = format!("{base}/Users/{}", person.id());
        whole.insert(
            "meta".into(),
            json!({ "resourceType": "User", "created": person.created_at, "lastModified": person.updated_at, "location": location,
                "version": version(person.revision) }),
        );
        Value::Object(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(attributes: Value) -> Result<Facts, Problem> {
        Facts::of(attributes.as_object().unwrap())
    }

    #[test]
    fn mail_goes_to_the_primary_address_else_to_work_else_to_the_first() {
        let emails = json!([{"value": "first@x.org"}, {"value": "Work@x.org", "type": "work"}, {"value": "p@x.org", "primary": true}]);
        let of = |emails: &[Value]| facts(json!({"userName": "jo", "emails": emails})).unwrap().email;
        let all = emails.as_array().unwrap();
        assert_eq!((of(all), of(&all[..2]), of(&all[..1])), ("p@x.org".into(), "work@x.org".into(), "first@x.org".into()));
        assert_eq!(facts(json!({"userName": "Jo@X.org"})).unwrap().email, "jo@x.org");
        assert!(facts(json!({"userName": "jo"})).is_err() && facts(json!({"emails": [{"value": "a@b.c"}]})).is_err());
    }

    #[test]
    fn a_name_is_found_in_what_is_sent() {
        let of = |mut attributes: Value| {
            attributes["userName"] = json!("jo@x.org");
            facts(attributes).unwrap().name
        };
        assert_eq!(of(json!({"displayName": "Jo A", "name": {"formatted": "Joan A"}})), "Jo A");
        assert_eq!(of(json!({"name": {"formatted": "Joan A", "givenName": "J"}})), "Joan A");
        assert_eq!(of(json!({"name": {"givenName": "Joan", "familyName": "Alvarez"}})), "Joan Alvarez");
        assert_eq!(of(json!({})), "jo@x.org");
    }

    #[test]
    fn user_names_are_one_in_any_case_and_composition() {
        let of = |name: &str| facts(json!({"userName": name, "emails": [{"value": "a@b.c"}]})).unwrap().user_name;
        assert_eq!(of("JOSÉ"), of("jose\u{301}"));
        assert_eq!(of("ΣΊΣΥΦΟΣ").chars().count(), 7);
    }
}
