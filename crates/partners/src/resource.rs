//! A partner on the wire: what is sent, and what is answered.

use crate::life::rules::{PartnerAction, PartnerStage, PartnerStart, PartnerStatus, legal_actions};
use crate::rules::PartnerType;
use crate::store::partner;
use access::{Field, Permission};
use chrono::{DateTime, Utc};
use kernel::Actor;
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::{PartnerId, PersonId};
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// A partner to be added.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Northwind Systems GmbH", "type": "reseller", "tier": "gold", "region": "DACH", "country": "DE",
    "specialisations": ["cloud migration", "security"], "status": "active"}))]
pub struct PartnerCreate {
    /// The organisation's name.
    #[validate(length(min = 1, max = 300), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub name: String,
    /// What kind of partner it is.
    #[serde(rename = "type")]
    pub kind: PartnerType,
    /// Its tier in the program, in the vendor's own words.
    #[validate(length(min = 1, max = 50), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 50, pattern = r"\S")]
    pub tier: Option<String>,
    /// The sales region that it belongs to, in the vendor's own words.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub region: Option<String>,
    /// Where it is based: ISO 3166-1 alpha-2.
    #[validate(custom(function = kernel::country::country))]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
    /// What it is good at, at most 50; repeated ones count once.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = each_fits))]
    #[schema(max_items = 50)]
    pub specialisations: Vec<String>,
    /// Where it stands; `active` if absent.
    #[serde(default)]
    pub status: PartnerStart,
    /// The organisation that it is part of.
    pub parent_id: Option<PartnerId>,
    /// The distributor that supplies it: a partner of the type `distributor`, in two-tier distribution.
    pub distributor_id: Option<PartnerId>,
    /// The languages that it works in, as BCP 47 tags, its first language first; at most 20.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = crate::facts::languages))]
    #[schema(max_items = 20)]
    pub languages: Vec<String>,
    /// Its website: an address that begins with `https://` or `http://`.
    #[validate(length(max = 500), custom(function = crate::facts::website))]
    #[schema(max_length = 500)]
    pub website: Option<String>,
    /// Its tax or VAT number.
    #[validate(length(min = 2, max = 40), custom(function = crate::facts::tax_id))]
    #[schema(min_length = 2, max_length = 40)]
    pub tax_id: Option<String>,
    /// The domains of its e-mail addresses, in lower case; at most 20. A domain that many share (of a mail provider) is not one.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = crate::facts::email_domains))]
    #[schema(max_items = 20)]
    pub email_domains: Vec<String>,
    /// The vendor's channel manager (or admin) in charge of it.
    pub manager_id: Option<PersonId>,
    /// The vendor's own fields; `GET /v1/custom-fields/partner` says which.
    #[serde(default)]
    #[schema(value_type = HashMap<String, Value>)]
    pub custom_fields: Map<String, Value>,
}

/// What is to change of a partner (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tier": "platinum", "region": null}))]
pub struct PartnerPatch {
    /// The organisation's name.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 300), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// What kind of partner it is.
    #[serde(default, rename = "type", deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub kind: Option<PartnerType>,
    /// Its tier in the program.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 50), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50, pattern = r"\S")]
    pub tier: Option<Option<String>>,
    /// The sales region that it belongs to.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, pattern = r"\S")]
    pub region: Option<Option<String>>,
    /// Where it is based: ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = kernel::country::country))]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$")]
    pub country: Option<Option<String>>,
    /// What it is good at: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 50), custom(function = each_fits))]
    #[schema(max_items = 50, nullable = false)]
    pub specialisations: Option<Vec<String>>,
    /// Where it stands. What has an action of its own (applying, suspension, offboarding) is not set, nor left, by this.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub status: Option<PartnerStage>,
    /// The organisation that it is part of.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PartnerId>)]
    pub parent_id: Option<Option<PartnerId>>,
    /// The distributor that supplies it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PartnerId>)]
    pub distributor_id: Option<Option<PartnerId>>,
    /// The languages that it works in: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20), custom(function = crate::facts::languages))]
    #[schema(max_items = 20, nullable = false)]
    pub languages: Option<Vec<String>>,
    /// Its website.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 500), custom(function = crate::facts::website))]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub website: Option<Option<String>>,
    /// Its tax or VAT number.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 2, max = 40), custom(function = crate::facts::tax_id))]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 40)]
    pub tax_id: Option<Option<String>>,
    /// The domains of its e-mail addresses: the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20), custom(function = crate::facts::email_domains))]
    #[schema(max_items = 20, nullable = false)]
    pub email_domains: Option<Vec<String>>,
    /// The vendor's channel manager (or admin) in charge of it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PersonId>)]
    pub manager_id: Option<Option<PersonId>>,
    /// The vendor's own fields; merged member by member, null takes one out.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = HashMap<String, Value>, nullable = false)]
    pub custom_fields: Option<Map<String, Value>>,
}

/// Why a partner is suspended.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Two invoices are overdue by 90 days."}))]
pub struct PartnerSuspend {
    /// The reason, for the vendor's own people.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// An organisation in the vendor's program.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind Systems GmbH", "type": "reseller", "tier": "gold",
    "region": "DACH", "country": "DE", "specialisations": ["cloud migration", "security"], "status": "active",
    "languages": ["de", "en"], "website": "https://northwind.example", "email_domains": ["northwind.example"], "manager_id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "custom_fields": {}, "revision": 1, "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["deactivate", "suspend", "offboard"]}))]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// The organisation's name.
    pub name: String,
    /// What kind of partner it is. More kinds may come.
    #[serde(rename = "type")]
    pub kind: PartnerType,
    /// Its tier in the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tier: Option<String>,
    /// The sales region that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub region: Option<String>,
    /// Where it is based: ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub country: Option<String>,
    /// What it is good at.
    pub specialisations: Vec<String>,
    /// Where it stands in the program. More statuses may come.
    pub status: PartnerStatus,
    /// Why it stands there, if the last move said so; for the vendor's own people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status_reason: Option<String>,
    /// The organisation that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<PartnerId>,
    /// The distributor that supplies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub distributor_id: Option<PartnerId>,
    /// The languages that it works in, as BCP 47 tags.
    pub languages: Vec<String>,
    /// Its website.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub website: Option<String>,
    /// Its tax or VAT number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tax_id: Option<String>,
    /// The domains of its e-mail addresses.
    pub email_domains: Vec<String>,
    /// The vendor's person in charge of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub manager_id: Option<PersonId>,
    /// The vendor's own fields.
    #[schema(value_type = HashMap<String, Value>)]
    pub custom_fields: Map<String, Value>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now; in an event, what those who manage partners may do.
    pub available_actions: Vec<PartnerAction>,
}

impl Resource for Partner {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partners/{}", self.id))
    }
}

impl Partner {
    /// The partner as whoever manages partners sees it: everything.
    pub fn whole(row: &partner::Model) -> Self {
        Self {
            id: row.id(),
            name: row.name.clone(),
            kind: row.kind,
            tier: row.tier.clone(),
            region: row.region.clone(),
            country: row.country.clone(),
            specialisations: row.specialisations(),
            status: row.status,
            status_reason: row.status_reason.clone(),
            parent_id: row.parent_id(),
            distributor_id: row.distributor_id.map(PartnerId),
            languages: row.languages(),
            website: row.website.clone(),
            tax_id: row.tax_id.clone(),
            email_domains: row.email_domains(),
            manager_id: row.manager_id.map(PersonId),
            custom_fields: row.custom_fields(),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: legal_actions(row.status).to_vec(),
        }
    }

    /// The partner as `who` sees it.
    pub fn seen_by(who: &Actor, row: &partner::Model) -> Self {
        let mut partner = Self::whole(row);
        if !Field::InternalReasons.shown_to(who) {
            partner.status_reason = None;
        }
        if who.grants & Permission::ManagePartners.bit() == 0 {
            partner.available_actions.clear();
        }
        partner
    }
}

/// Each specialisation is a short text.
fn each_fits(specialisations: &[String]) -> Result<(), ValidationError> {
    if specialisations.iter().all(|one| !one.trim().is_empty() && one.chars().count() <= 100) {
        return Ok(());
    }
    Err(ValidationError::new("specialisation").with_message("Each has 1 to 100 characters.".into()))
}
