//! Accounts: the companies that the vendor's CRM knows.

pub mod http;
pub mod store;
pub(crate) mod upsert;

use chrono::{DateTime, Utc};
use kernel::Resource;
use matching::Profile;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

pub use store::account::Model as AccountRow;

kernel::define_id!(
    /// A company in the vendor's CRM.
    AccountId, "acc");

/// A company as the CRM has it. `PUT` replaces all of it: what is left out is empty afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Müller & Söhne GmbH", "domain": "mueller-soehne.de", "country": "DE", "address": "Hafenstraße 7, 20457 Hamburg",
    "phone": "+49 40 123456", "tax_id": "DE123456789", "industry": "logistics"}))]
pub struct AccountPut {
    /// Its name, as the CRM spells it.
    #[validate(length(min = 1, max = 300), custom(function = "kernel::text::not_blank"))]
    #[schema(min_length = 1, max_length = 300)]
    pub name: String,
    /// Its web site or domain.
    #[serde(default)]
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub domain: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    #[serde(default)]
    #[validate(custom(function = "kernel::country::country"))]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
    /// Its address, in any layout.
    #[serde(default)]
    #[validate(length(min = 1, max = 1_000))]
    #[schema(min_length = 1, max_length = 1_000)]
    pub address: Option<String>,
    /// Its telephone number.
    #[serde(default)]
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50)]
    pub phone: Option<String>,
    /// Its tax or registration number.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub tax_id: Option<String>,
    /// `external_id` of the account that it is a subsidiary of; that account may come later.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub parent_external_id: Option<String>,
    /// Its industry, in the CRM's words.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub industry: Option<String>,
    /// The vendor's own fields, as its schema for `account` allows.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub custom_fields: Map<String, Value>,
}

impl AccountPut {
    /// What crate `matching` needs to know of it.
    pub fn profile(&self) -> Profile<'_> {
        Profile {
            name: &self.name,
            domain: self.domain.as_deref(),
            tax_id: self.tax_id.as_deref(),
            country: self.country.as_deref(),
            address: self.address.as_deref(),
            phone: self.phone.as_deref(),
        }
    }

    /// Its parent by the id of the account into which that was merged; none if that is itself.
    pub(crate) fn with_surviving_parent(mut self, itself: &str, redirects: &std::collections::HashMap<String, String>) -> Self {
        if let Some(survivor) = self.parent_external_id.as_ref().and_then(|parent| redirects.get(parent)) {
            self.parent_external_id = Some(survivor.clone()).filter(|survivor| survivor != itself);
        }
        self
    }

    /// Its exact keys, as they are stored.
    pub(crate) fn keys(&self) -> Vec<String> {
        matching::exact_keys(&self.profile()).iter().map(|key| key.as_str().to_owned()).collect()
    }
}

/// A company in the vendor's CRM, as mirrored.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "acc_01jd3k7x2mfq8t9v5w6y0zabcd", "external_id": "0011t00000AbCdE", "name": "Müller & Söhne GmbH", "domain": "mueller-soehne.de",
    "country": "DE", "tax_id": "DE123456789", "custom_fields": {}, "revision": 1,
    "created_at": "2026-11-20T12:00:00.000000Z", "updated_at": "2026-11-20T12:00:00.000000Z"}))]
pub struct Account {
    /// Our id of it.
    pub id: AccountId,
    /// The CRM's id of it.
    pub external_id: String,
    /// Its name, as the CRM spells it.
    pub name: String,
    /// Its web site or domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Its tax or registration number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// `external_id` of the account that it is a subsidiary of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_external_id: Option<String>,
    /// Its industry, in the CRM's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    /// The vendor's own fields.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub custom_fields: Map<String, Value>,
    /// The CRM's id of the account into which it was merged; absent while it stands by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// The id that was asked for, if that account was merged into this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirected_from: Option<String>,
    /// Counts its changes; the `ETag`.
    pub revision: i64,
    /// When it came here.
    pub created_at: DateTime<Utc>,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
}

impl Resource for Account {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/accounts/{}", crate::sql::path_segment(&self.external_id)))
    }
}

impl Account {
    /// As it is answered to whoever asked for this id of the CRM's.
    pub(crate) fn asked_as(self, external_id: &str) -> Self {
        let redirected_from = (self.external_id != external_id).then(|| external_id.to_owned());
        Self { redirected_from, ..self }
    }

    /// As it stands merged into the account of this id of the CRM's.
    pub(crate) fn merged_into(self, external_id: &str) -> Self {
        Self { merged_into: Some(external_id.to_owned()), ..self }
    }
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: AccountId(row.id),
            external_id: row.external_id,
            name: row.name,
            domain: row.domain,
            country: row.country,
            address: row.address,
            phone: row.phone,
            tax_id: row.tax_id,
            parent_external_id: row.parent_external_id,
            industry: row.industry,
            custom_fields: serde_json::from_str(&row.custom_fields).unwrap_or_default(),
            merged_into: None,
            redirected_from: None,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
