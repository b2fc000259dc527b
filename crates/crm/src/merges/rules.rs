//! Which side wins, and what of it can be taken back. Pure.

use crate::accounts::AccountPut;
use kernel::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A field of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountField {
    /// Its name.
    Name,
    /// Its web site or domain.
    Domain,
    /// Its country.
    Country,
    /// Its address.
    Address,
    /// Its telephone number.
    Phone,
    /// Its tax number.
    TaxId,
    /// What it is a subsidiary of.
    ParentExternalId,
    /// Its industry.
    Industry,
    /// The vendor's own fields.
    CustomFields,
}

impl AccountField {
    /// Every one.
    pub const ALL: &[Self] = &[
        Self::Name,
        Self::Domain,
        Self::Country,
        Self::Address,
        Self::Phone,
        Self::TaxId,
        Self::ParentExternalId,
        Self::Industry,
        Self::CustomFields,
    ];

    /// Its name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Domain => "domain",
            Self::Country => "country",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::TaxId => "tax_id",
            Self::ParentExternalId => "parent_external_id",
            Self::Industry => "industry",
            Self::CustomFields => "custom_fields",
        }
    }
}

/// Whose value a field has after a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountMergeSide {
    /// The value of the account that goes.
    Merged,
    /// The value of the account that survives.
    Survivor,
}

/// Which side was said to win, by field.
pub type Choices = BTreeMap<AccountField, AccountMergeSide>;

/// A field that a merge changed in the survivor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// What it was.
    pub before: Value,
    /// What it became.
    pub after: Value,
}

/// The survivor's fields after a merge. Where nobody chose, the survivor keeps what it has, and gets what only the other has.
pub fn combine(merged: &AccountPut, survivor: &AccountPut, choices: &Choices) -> Result<AccountPut, Problem> {
    let (theirs, mut fields) = (members(merged)?, members(survivor)?);
    for field in AccountField::ALL {
        let (name, theirs) = (field.wire(), theirs.get(field.wire()).cloned().unwrap_or_default());
        let ours = fields.get(name).cloned().unwrap_or_default();
        let value = match (choices.get(field), ours, theirs) {
            (Some(AccountMergeSide::Merged), _, theirs) => theirs,
            (Some(AccountMergeSide::Survivor), ours, _) => ours,
            (None, Value::Object(ours), Value::Object(mut both)) => {
                both.extend(ours);
                Value::Object(both)
            }
            (None, Value::Null, theirs) => theirs,
            (None, ours, _) => ours,
        };
        fields.insert(name.to_owned(), value);
    }
    serde_json::from_value(Value::Object(fields)).map_err(Problem::internal)
}

/// What a merge changed, by field.
pub fn changes(before: &AccountPut, after: &AccountPut) -> Result<BTreeMap<String, Changed>, Problem> {
    let (before, after) = (members(before)?, members(after)?);
    let change = |(name, after): (String, Value)| {
        let before = before.get(&name).cloned().unwrap_or_default();
        (before != after).then_some((name, Changed { before, after }))
    };
    Ok(after.into_iter().filter_map(change).collect())
}

/// The survivor's fields after a merge was undone, and those that were changed since and stay.
pub fn restore(now: &AccountPut, changed: &BTreeMap<String, Changed>) -> Result<(AccountPut, Vec<String>), Problem> {
    let (mut fields, mut stayed) = (members(now)?, Vec::new());
    for (name, Changed { before, after }) in changed {
        if fields.get(name) == Some(after) {
            fields.insert(name.clone(), before.clone());
        } else {
            stayed.push(name.clone());
        }
    }
    Ok((serde_json::from_value(Value::Object(fields)).map_err(Problem::internal)?, stayed))
}

/// Every field by name, null for what is empty.
fn members(put: &AccountPut) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(put) {
        Ok(Value::Object(members)) => Ok(members),
        other => Err(Problem::internal(format!("an account that is no object: {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn account(fields: Value) -> AccountPut {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn without_a_choice_the_survivor_keeps_what_it_has_and_gets_what_it_lacks() {
        let merged = account(json!({ "name": "Fabrikam Inc", "domain": "fabrikam.example", "phone": "1", "custom_fields": { "a": 1, "b": 1 } }));
        let survivor = account(json!({ "name": "Fabrikam", "phone": "2", "custom_fields": { "b": 2 } }));
        let both = combine(&merged, &survivor, &Choices::new()).unwrap();
        let expected = json!({ "name": "Fabrikam", "domain": "fabrikam.example", "phone": "2", "custom_fields": { "a": 1, "b": 2 } });
        assert_eq!(both, account(expected));
    }

    #[test]
    fn a_choice_counts_even_for_what_is_empty() {
        let (merged, survivor) = (account(json!({ "name": "A" })), account(json!({ "name": "B", "phone": "2" })));
        let choices = [(AccountField::Name, AccountMergeSide::Merged), (AccountField::Phone, AccountMergeSide::Merged)].into();
        assert_eq!(combine(&merged, &survivor, &choices).unwrap(), account(json!({ "name": "A" })));
    }

    #[test]
    fn undoing_takes_back_what_nobody_touched_since() {
        let before = account(json!({ "name": "B", "phone": "2" }));
        let after = account(json!({ "name": "A", "phone": "1", "domain": "a.example" }));
        let changed = changes(&before, &after).unwrap();
        assert_eq!(restore(&after, &changed).unwrap(), (before, vec![]));
        let since = account(json!({ "name": "A", "phone": "3", "domain": "a.example" }));
        let (restored, stayed) = restore(&since, &changed).unwrap();
        assert_eq!((restored, stayed), (account(json!({ "name": "B", "phone": "3" })), vec!["phone".to_owned()]));
    }

    #[test]
    fn every_field_has_its_name() {
        let names: Vec<_> = members(&account(json!({ "name": "A" }))).unwrap().keys().cloned().collect();
        let mut wires: Vec<_> = AccountField::ALL.iter().map(|field| field.wire()).collect();
        wires.sort_unstable();
        assert_eq!(names.len(), wires.len());
        assert!(names.iter().all(|name| wires.contains(&name.as_str())));
    }
}
