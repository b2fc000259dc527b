//! What goes over the wire.

use super::store::trusted_issuer;
use super::{TrustedIssuerId, service};
use crate::sso::claims::RoleMapping;
use crate::sso::providers::SsoStatus;
use chrono::{DateTime, Utc};
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use kernel::Problem;
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::text::not_blank;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// How the tokens of an issuer are signed: with a private key, never with a shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[allow(missing_docs)]
pub enum SigningAlgorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlgorithm {
    pub(super) fn of_library(self) -> Algorithm {
        match self {
            Self::RS256 => Algorithm::RS256,
            Self::RS384 => Algorithm::RS384,
            Self::RS512 => Algorithm::RS512,
            Self::PS256 => Algorithm::PS256,
            Self::PS384 => Algorithm::PS384,
            Self::PS512 => Algorithm::PS512,
            Self::ES256 => Algorithm::ES256,
            Self::ES384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }

    /// Whether a key is of the kind that this algorithm signs with.
    pub(super) fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
        let named = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
        let of_kind = match &key.algorithm {
            AlgorithmParameters::RSA(_) => {
                matches!(algorithm, Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 | Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512)
            }
            AlgorithmParameters::EllipticCurve(key) => {
                let curve = if algorithm == Algorithm::ES256 { EllipticCurve::P256 } else { EllipticCurve::P384 };
                matches!(algorithm, Algorithm::ES256 | Algorithm::ES384) && key.curve == curve
            }
            AlgorithmParameters::OctetKeyPair(key) => algorithm == Algorithm::EdDSA && key.curve == EllipticCurve::Ed25519,
            _ => false,
        };
        named && of_kind
    }
}

/// How the person is found whom a token is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonBy {
    /// By an identity: this issuer and the claim.
    Identity,
    /// By an e-mail address: for an issuer of the vendor's own, which knows whose address it is.
    Email,
    /// By our own id of the person (`per_…`).
    PersonId,
}

/// An issuer to be trusted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Contoso customer identity", "issuer": "https://id.contoso.example",
    "audience": "https://prm.example.com/contoso", "algorithms": ["ES256"], "person_by": "email", "scopes": ["deals:read", "deals:register"],
    "max_lifetime": 900}))]
pub struct TrustedIssuerCreate {
    /// What people know it as.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// `iss` of its tokens: an https URL. It does not change.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub issuer: String,
    /// `aud` of its tokens: with the issuer it says that they are meant for this vendor, so choose one that is yours alone. It does not change.
    #[validate(length(min = 1, max = 300), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub audience: String,
    /// Where its keys are; absent: where its discovery document says.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub jwks_uri: Option<String>,
    /// Its public keys themselves (RFC 7517 §5), in place of an address: at most 20.
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub jwks: Option<serde_json::Map<String, serde_json::Value>>,
    /// How its tokens are signed.
    #[validate(length(min = 1, max = 9))]
    #[schema(min_items = 1, max_items = 9)]
    pub algorithms: Vec<SigningAlgorithm>,
    /// How the person is found.
    pub person_by: PersonBy,
    /// The claim by which; absent: `email` for an address, else `sub`.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub person_claim: Option<String>,
    /// Permissions that its tokens hold at most; all that the person has if empty.
    #[serde(default)]
    #[validate(length(max = 64))]
    #[schema(max_items = 64)]
    pub scopes: Vec<String>,
    /// A claim with permissions (a list, or words) that narrows a token further; a token without it then allows nothing.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub scope_claim: Option<String>,
    /// A claim from which a role follows that narrows the person's own; a token from which none follows is refused.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub role_claim: Option<String>,
    /// Which value leads to which role; the first that fits decides.
    #[serde(default)]
    #[validate(nested, length(max = 50))]
    #[schema(max_items = 50)]
    pub role_mappings: Vec<RoleMapping>,
    /// Values of `amr` that count as more than one factor.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20)]
    pub mfa_methods: Vec<String>,
    /// Values of `acr` that count as more than one factor.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20)]
    pub mfa_contexts: Vec<String>,
    /// Seconds from `iat` to `exp` that its tokens may have at most; 3600 if absent.
    #[validate(range(min = 60, max = 86400))]
    #[schema(minimum = 60, maximum = 86400)]
    pub max_lifetime: Option<i64>,
}

/// What is to change of a trusted issuer (JSON merge patch): what is absent stays.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"max_lifetime": 600, "status": "active"}))]
pub struct TrustedIssuerPatch {
    /// What people know it as.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// Where its keys are; null: where its discovery document says.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub jwks_uri: Option<Option<String>>,
    /// Its public keys themselves.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub jwks: Option<Option<serde_json::Map<String, serde_json::Value>>>,
    /// How its tokens are signed.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 9))]
    #[schema(min_items = 1, max_items = 9, nullable = false)]
    pub algorithms: Option<Vec<SigningAlgorithm>>,
    /// How the person is found.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub person_by: Option<PersonBy>,
    /// The claim by which.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub person_claim: Option<Option<String>>,
    /// Permissions that its tokens hold at most.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 64))]
    #[schema(max_items = 64, nullable = false)]
    pub scopes: Option<Vec<String>>,
    /// A claim with permissions that narrows a token further.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub scope_claim: Option<Option<String>>,
    /// A claim from which a role follows that narrows the person's own.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub role_claim: Option<Option<String>>,
    /// Which value leads to which role.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(nested, length(max = 50))]
    #[schema(max_items = 50, nullable = false)]
    pub role_mappings: Option<Vec<RoleMapping>>,
    /// Values of `amr` that count as more than one factor.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20, nullable = false)]
    pub mfa_methods: Option<Vec<String>>,
    /// Values of `acr` that count as more than one factor.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(max = 20), custom(function = service::words))]
    #[schema(max_items = 20, nullable = false)]
    pub mfa_contexts: Option<Vec<String>>,
    /// Seconds from `iat` to `exp` that its tokens may have at most.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(range(min = 60, max = 86400))]
    #[schema(minimum = 60, maximum = 86400, nullable = false)]
    pub max_lifetime: Option<i64>,
    /// `disabled`: its tokens work no more, at once.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub status: Option<SsoStatus>,
}

/// A token service of the vendor's own, whose tokens call this API.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "tis_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Contoso customer identity", "issuer": "https://id.contoso.example",
    "audience": "https://prm.example.com/contoso", "algorithms": ["ES256"], "person_by": "email", "scopes": ["deals:read", "deals:register"],
    "role_mappings": [], "mfa_methods": [], "mfa_contexts": [], "max_lifetime": 900, "status": "active", "revision": 1,
    "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct TrustedIssuer {
    /// Its id.
    pub id: TrustedIssuerId,
    /// What people know it as.
    pub name: String,
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` of its tokens.
    pub audience: String,
    /// Where its keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Its public keys themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub jwks: Option<serde_json::Value>,
    /// How its tokens are signed. More algorithms may come.
    pub algorithms: Vec<SigningAlgorithm>,
    /// How the person is found. More ways may come.
    pub person_by: PersonBy,
    /// The claim by which, if it is not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_claim: Option<String>,
    /// Permissions that its tokens hold at most; all that the person has if empty.
    pub scopes: Vec<String>,
    /// A claim with permissions that narrows a token further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_claim: Option<String>,
    /// A claim from which a role follows that narrows the person's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_claim: Option<String>,
    /// Which value leads to which role.
    pub role_mappings: Vec<RoleMapping>,
    /// Values of `amr` that count as more than one factor.
    pub mfa_methods: Vec<String>,
    /// Values of `acr` that count as more than one factor.
    pub mfa_contexts: Vec<String>,
    /// Seconds from `iat` to `exp` that its tokens may have at most.
    pub max_lifetime: i64,
    /// Whether its tokens work. More statuses may come.
    pub status: SsoStatus,
    /// Raised with every change.
    pub revision: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl TryFrom<trusted_issuer::Model> for TrustedIssuer {
    type Error = Problem;
    fn try_from(row: trusted_issuer::Model) -> Result<Self, Problem> {
        let settings = row.settings()?;
        Ok(Self {
            id: row.id(),
            name: row.name,
            issuer: row.issuer,
            audience: row.audience,
            jwks_uri: settings.jwks_uri,
            jwks: settings.jwks,
            algorithms: settings.algorithms,
            person_by: settings.person_by,
            person_claim: settings.person_claim,
            scopes: settings.scopes,
            scope_claim: settings.scope_claim,
            role_claim: settings.role_claim,
            role_mappings: settings.role_mappings,
            mfa_methods: settings.mfa_methods,
            mfa_contexts: settings.mfa_contexts,
            max_lifetime: settings.max_lifetime,
            status: row.status,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl Resource for TrustedIssuer {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/trusted-issuers/{}", self.id))
    }
}
