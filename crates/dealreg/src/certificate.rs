//! The protection certificate: a signed statement of what is protected, for whom, until when, and under which rules.
//!
//! It is a JWS (RFC 7515) in compact form, signed with Ed25519 (`EdDSA`, RFC 8037) by a key of the installation that
//! `/.well-known/jwks.json` publishes under the `kid` of its header, and of the type `prm-protection+jwt` (RFC 8725 §3.11): whoever verifies
//! one asks for this type, so that no token passes for a certificate; and our API takes nothing but `at+jwt`, so that no certificate passes for a
//! token. It says what held at `iat`; whether it still holds is for `POST /v1/certificates/verify` to say.

use crate::DealId;
use crate::engagement::Engagement;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, VendorId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use utoipa::ToSchema;
use validator::Validate;

/// The type in the header of a certificate.
pub const TYPE: &str = "prm-protection+jwt";

/// A party to a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Acme"}))]
pub struct CertificateVendor {
    /// Its id.
    pub id: VendorId,
    /// Its name when the certificate was made.
    pub name: String,
}

/// Whose protection it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind"}))]
pub struct CertificatePartner {
    /// Its id.
    pub id: PartnerId,
    /// Its name when the certificate was made.
    pub name: String,
}

/// What is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Fabrikam GmbH", "country": "DE", "keys": ["domain:fabrikam.example", "name:de:fabrikam"]}))]
pub struct CertificateCustomer {
    /// The company's name.
    pub name: String,
    /// Where it sits: ISO 3166-1 alpha-2.
    pub country: String,
    /// The exact keys that the deal holds, sorted: its name within its country, its tax number, its domain.
    pub keys: Vec<String>,
}

/// The rules of engagement under which it was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"version": 3, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}))]
pub struct CertificateRules {
    /// The version; 0 for the standard rules.
    pub version: i64,
    /// SHA-256, in hex, of the `engagement` of that version as the API answers it: JSON without blanks, the members of each object sorted by name.
    pub sha256: String,
}

/// The claims of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"iss": "https://prm.example", "sub": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "iat": 1795176000, "exp": 1802952000,
    "vendor": {"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Acme"}, "partner": {"id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind"},
    "customer": {"name": "Fabrikam GmbH", "country": "DE", "keys": ["domain:fabrikam.example", "name:de:fabrikam"]},
    "rules": {"version": 3, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}))]
pub struct CertificateClaims {
    /// Who says so: the address of this installation.
    pub iss: String,
    /// The deal.
    pub sub: DealId,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// Until when the customer is protected, in seconds since 1970.
    pub exp: i64,
    /// Whose program it is.
    pub vendor: CertificateVendor,
    /// Whose protection it is.
    pub partner: CertificatePartner,
    /// What is protected.
    pub customer: CertificateCustomer,
    /// Under which rules.
    pub rules: CertificateRules,
}

/// A protection certificate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"certificate": "eyJ0eXAiOiJwcm0tcHJvdGVjdGlvbitqd3QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiJkZWFsXzAxIn0.c2ln",
    "claims": {"iss": "https://prm.example", "sub": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "iat": 1795176000, "exp": 1802952000,
    "vendor": {"id": "vnd_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Acme"}, "partner": {"id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "name": "Northwind"},
    "customer": {"name": "Fabrikam GmbH", "country": "DE", "keys": ["name:de:fabrikam"]}, "rules": {"version": 0, "sha256": "9f86d081884c7d65"}}}))]
pub struct ProtectionCertificate {
    /// The statement: a JWS in compact form, of type `prm-protection+jwt`.
    pub certificate: String,
    /// What it says.
    pub claims: CertificateClaims,
}

/// A certificate to verify.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"certificate": "eyJ0eXAiOiJwcm0tcHJvdGVjdGlvbitqd3QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiJkZWFsXzAxIn0.c2ln"}))]
pub struct CertificateVerify {
    /// The JWS in compact form.
    #[validate(length(min = 1, max = 16384))]
    #[schema(min_length = 1, max_length = 16384)]
    pub certificate: String,
}

/// What a certificate is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    /// We signed it, and all that it says holds now.
    Valid,
    /// We signed it, and the deal is protected otherwise by now: longer, or for somebody else. Ask for the new one.
    Superseded,
    /// We signed it, and its time has run out.
    Expired,
    /// We signed it, and the protection ended before its time.
    Ended,
    /// We did not sign this.
    Invalid,
}

/// What was found of a certificate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "invalid", "checked_at": "2026-11-20T12:00:00Z"}))]
pub struct CertificateVerdict {
    /// What it is worth now.
    pub status: CertificateStatus,
    /// What it says; absent if we did not sign it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<CertificateClaims>,
    /// When this was found.
    pub checked_at: DateTime<Utc>,
}

/// What is so now of the deal that a certificate is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Until when it is protected.
    pub until: DateTime<Utc>,
    /// Whose it is.
    pub partner: PartnerId,
    /// The keys that it holds, sorted.
    pub keys: Vec<String>,
}

/// What a certificate of ours is worth, if the deal stands so; `None`: it is no longer protected.
pub fn judge(claims: &CertificateClaims, standing: Option<&Standing>, now: DateTime<Utc>) -> CertificateStatus {
    let expired = now.timestamp() >= claims.exp;
    match standing {
        None if expired => CertificateStatus::Expired,
        None => CertificateStatus::Ended,
        Some(now) if now.until.timestamp() != claims.exp || now.partner != claims.partner.id || now.keys != claims.customer.keys => {
            CertificateStatus::Superseded
        }
        Some(_) if expired => CertificateStatus::Expired,
        Some(_) => CertificateStatus::Valid,
    }
}

/// The hash by which a certificate names rules: see [`CertificateRules::sha256`].
pub fn hash(engagement: &Engagement) -> Result<String, serde_json::Error> {
    // By way of the text that the API answers with: a number is written there as short as it can be.
    let mut value: Value = serde_json::from_str(&serde_json::to_string(engagement)?)?;
    value.sort_all_objects();
    let digest = Sha256::digest(serde_json::to_vec(&value)?);
    Ok(digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_certificate_is_worth_follows_the_deal() {
        let claims = CertificateClaims {
            iss: "https://prm.test".into(),
            sub: DealId::fresh(),
            iat: 0,
            exp: 1_000,
            vendor: CertificateVendor { id: VendorId::fresh(), name: "Acme".into() },
            partner: CertificatePartner { id: PartnerId::fresh(), name: "Northwind".into() },
            customer: CertificateCustomer { name: "Fabrikam".into(), country: "DE".into(), keys: vec!["name:de:fabrikam".into()] },
            rules: CertificateRules { version: 0, sha256: hash(&Engagement::default()).unwrap() },
        };
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let standing = Standing { until: at(1_000), partner: claims.partner.id, keys: claims.customer.keys.clone() };
        let judged = |standing: Option<Standing>, now| judge(&claims, standing.as_ref(), at(now));
        assert_eq!(judged(Some(standing.clone()), 999), CertificateStatus::Valid);
        assert_eq!(judged(Some(standing.clone()), 1_000), CertificateStatus::Expired);
        assert_eq!(judged(Some(Standing { until: at(2_000), ..standing.clone() }), 1_500), CertificateStatus::Superseded);
        assert_eq!(judged(Some(Standing { partner: PartnerId::fresh(), ..standing }), 500), CertificateStatus::Superseded);
        assert_eq!(judged(None, 500), CertificateStatus::Ended);
        assert_eq!(judged(None, 1_500), CertificateStatus::Expired);
    }
}
