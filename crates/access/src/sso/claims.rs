//! What follows from the claims of a token: whose address it is, which role, how the person proved who they are. Pure.

use crate::RoleName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::{Validate, ValidateEmail};

/// Values of one claim that are looked at.
const VALUES: usize = 500;

/// A value of a claim, and the role that follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "prm-sales", "role": "sales"}))]
pub struct RoleMapping {
    /// The claim's value, or one of its values, letter for letter.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub value: String,
    /// The role of whoever has it.
    pub role: RoleName,
}

/// The claim at a path: its name, or names joined by dots (`realm_access.roles`). A name that itself holds dots comes first.
fn at<'a>(claims: &'a Value, path: &str) -> Option<&'a Value> {
    claims.get(path).or_else(|| path.split('.').try_fold(claims, |value, name| value.get(name)))
}

/// The texts that a claim holds: itself, or those in its list.
pub(super) fn texts<'a>(claims: &'a Value, path: &str) -> Vec<&'a str> {
    match at(claims, path) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().take(VALUES).filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The one text that a claim holds.
pub(super) fn text<'a>(claims: &'a Value, path: &str) -> Option<&'a str> {
    at(claims, path)?.as_str()
}

/// Whether a claim says yes: some providers write it as text or number.
pub(super) fn says_yes(claims: &Value, path: &str) -> bool {
    match at(claims, path) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text == "true" || text == "1",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

/// The first mapping, in the vendor's order, whose value the claim holds.
pub(super) fn role<'a>(claims: &Value, path: Option<&str>, mappings: &'a [RoleMapping]) -> Option<&'a RoleName> {
    let held = texts(claims, path?);
    mappings.iter().find(|mapping| held.contains(&mapping.value.as_str())).map(|mapping| &mapping.role)
}

/// The domain of an e-mail address as it is compared: in lower case and ASCII.
pub(super) fn domain_of(email: &str) -> Option<String> {
    email.rsplit_once('@').and_then(|(_, after)| domain(after))
}

/// An e-mail domain as it is kept and compared; `None` if it is none.
pub(super) fn domain(text: &str) -> Option<String> {
    match url::Host::parse(text.trim()).ok()? {
        url::Host::Domain(name) => Some(name.trim_end_matches('.').to_owned()).filter(|name| name.contains('.') && name.len() <= 253),
        _ => None,
    }
}

/// The e-mail address of whom the token is about.
pub(super) fn email(claims: &Value) -> Option<String> {
    let email = crate::people::canonical_email(text(claims, "email")?);
    ((3..=254).contains(&email.len()) && email.validate_email()).then_some(email)
}

/// The name of whom the token is about; of whom has none, the first part of the address.
pub(super) fn name(claims: &Value, email: &str) -> String {
    let joined = || Some(format!("{} {}", text(claims, "given_name")?, text(claims, "family_name")?));
    let named = text(claims, "name").map(str::to_owned).or_else(joined).unwrap_or_default();
    let plain: String = kernel::text::tidy(&named).chars().filter(|c| !c.is_control()).take(200).collect();
    if plain.trim().is_empty() { email.split('@').next().unwrap_or(email).to_owned() } else { plain }
}

/// How the person proved who they are (RFC 8176): what the provider names, `fed`, and `mfa` if what the provider says counts as that here.
///
/// A provider's own `mfa` counts only if the vendor has listed it: the word decides what a person may do.
pub(super) fn methods(claims: &Value, mfa_methods: &[String], mfa_contexts: &[String]) -> Vec<String> {
    let named = texts(claims, "amr");
    let context = text(claims, "acr");
    let counts =
        named.iter().any(|one| mfa_methods.iter().any(|mfa| mfa == one)) || context.is_some_and(|acr| mfa_contexts.iter().any(|mfa| mfa == acr));
    let plain = |one: &&str| (1..=20).contains(&one.len()) && one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let mut methods = vec!["fed".to_owned()];
    for one in named.into_iter().filter(plain).take(10).filter(|one| *one != "mfa") {
        if methods.iter().all(|known| known != one) {
            methods.push(one.to_owned());
        }
    }
    methods.extend(counts.then(|| "mfa".to_owned()));
    methods
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mapping(value: &str, role: &str) -> RoleMapping {
        RoleMapping { value: value.into(), role: RoleName::read(role).unwrap() }
    }

    #[test]
    fn the_first_mapping_in_the_vendors_order_decides() {
        let mappings = [mapping("admins", "partner_admin"), mapping("sales", "sales")];
        let of = |claims: Value, path| role(&claims, path, &mappings).map(|role| role.to_string());
        assert_eq!(of(json!({"groups": ["sales", "admins"]}), Some("groups")).as_deref(), Some("partner_admin"));
        assert_eq!(of(json!({"groups": "sales"}), Some("groups")).as_deref(), Some("sales"));
        assert_eq!(of(json!({"realm": {"roles": ["sales"]}}), Some("realm.roles")).as_deref(), Some("sales"));
        assert_eq!(of(json!({"https://a.example/roles": ["sales"]}), Some("https://a.example/roles")).as_deref(), Some("sales"));
        for odd in [json!({}), json!({"groups": [["sales"]]}), json!({"groups": "Sales"}), json!({"groups": {"sales": true}})] {
            assert_eq!(of(odd, Some("groups")), None);
        }
        assert_eq!(of(json!({"groups": "sales"}), None), None);
    }

    #[test]
    fn a_domain_is_the_same_however_it_is_written() {
        for text in ["contoso.example", "CONTOSO.example", "contoso.example."] {
            assert_eq!(domain(text).as_deref(), Some("contoso.example"));
        }
        assert_eq!(domain("b\u{fc}cher.example"), domain("xn--bcher-kva.example"));
        for odd in ["", "localhost", "127.0.0.1", "[::1]", "a b.example", "@contoso.example", "contoso.example/x"] {
            assert_eq!(domain(odd), None, "{odd}");
        }
        assert_eq!(domain_of("jo@a.example@contoso.example").as_deref(), Some("contoso.example"));
    }

    #[test]
    fn yes_is_said_in_so_many_words() {
        for (yes, said) in
            [(true, json!(true)), (true, json!("true")), (true, json!(1)), (false, json!("yes")), (false, json!(null)), (false, json!([true]))]
        {
            assert_eq!(says_yes(&json!({"email_verified": said}), "email_verified"), yes);
        }
        assert!(!says_yes(&json!({}), "email_verified"));
    }

    #[test]
    fn only_what_the_vendor_listed_counts_as_a_second_factor() {
        let claims = json!({"amr": ["pwd", "mfa", "x y", "pwd"], "acr": "urn:two"});
        assert_eq!(methods(&claims, &[], &[]), ["fed", "pwd"]);
        assert_eq!(methods(&claims, &["mfa".into()], &[]), ["fed", "pwd", "mfa"]);
        assert_eq!(methods(&claims, &[], &["urn:two".into()]), ["fed", "pwd", "mfa"]);
        assert_eq!(methods(&json!({}), &["mfa".into()], &["urn:two".into()]), ["fed"]);
    }

    #[test]
    fn whoever_has_no_name_is_called_by_their_address() {
        assert_eq!(name(&json!({"name": " Jo\u{0}  Kim "}), "jo@a.example"), "Jo  Kim");
        assert_eq!(name(&json!({"given_name": "Jo", "family_name": "Kim"}), "jo@a.example"), "Jo Kim");
        assert_eq!(name(&json!({"name": "  "}), "jo@a.example"), "jo");
        assert_eq!(email(&json!({"email": "Jo@A.example "})).as_deref(), Some("jo@a.example"));
        assert_eq!(email(&json!({"email": "jo"})), None);
    }
}
