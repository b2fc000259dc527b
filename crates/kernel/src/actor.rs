//! Who calls: authenticated and authorised, with the scope that every query takes.

use crate::id::{ApiKeyId, PartnerId, PersonId, SessionId, VendorId};
use crate::problem::{Problem, kinds};
pub use crate::scope::{Scope, Within};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What kind of caller it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// An API key of the vendor.
    ApiKey(ApiKeyId),
    /// A person of the vendor or of a partner.
    Person(PersonId),
    /// The operator of this installation.
    Operator,
    /// A worker of ours, by name.
    System(&'static str),
    /// An automation of the vendor, by name.
    Automation(Arc<str>),
}

/// The caller as an event records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"type": "api_key", "id": "key_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct ActorRef {
    /// `api_key`, `person`, `operator`, `system` or `automation`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The key's or person's id, or the worker's or automation's name.
    pub id: String,
}

/// What the HTTP layer knows of the request that a write belongs to.
#[derive(Debug, Clone, Default)]
pub struct RequestInfo {
    /// The request's id, echoed in `X-Request-Id` and in problems.
    pub id: String,
    /// The caller's address, as its socket or a trusted proxy tells it.
    pub client: Option<std::net::IpAddr>,
    /// Method and path with query.
    pub target: String,
    /// `Idempotency-Key` and the SHA-256 of the body, if the caller sent a key.
    pub idempotency: Option<(String, [u8; 32])>,
    /// `If-Match`, as sent.
    pub if_match: Option<String>,
}

/// How and when a person proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// The session that the token belongs to; none if a portal's back end minted it.
    pub session: Option<SessionId>,
    /// The methods, as RFC 8176 names them: `pwd`, `otp`, `hwk`, `fed`, `mfa` …
    pub methods: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Actor {
    /// What the caller is.
    pub caller: Caller,
    /// What it may see.
    pub scope: Scope,
    /// What it may do: bits of the access crate's permission table.
    pub grants: u64,
    /// What it might do as well if the person behind the token proved more of who they are: bits of the same table.
    pub withheld: u64,
    /// What it might do as well if its partner had signed what the vendor asks for first: bits of the same table.
    pub unsigned: u64,
    /// How the person behind a token proved who they are; none for keys and workers.
    pub authentication: Option<Arc<Authentication>>,
    /// The request at hand; empty for workers.
    pub request: Arc<RequestInfo>,
}

impl Actor {
    /// A worker of ours, acting for one vendor.
    pub fn system(name: &'static str, vendor: VendorId) -> Self {
        Self {
            caller: Caller::System(name),
            scope: Scope::vendor_wide(vendor),
            grants: u64::MAX,
            withheld: 0,
            unsigned: 0,
            authentication: None,
            request: Arc::default(),
        }
    }

    /// A caller of the vendor, or of one partner of it.
    pub fn new(caller: Caller, vendor: VendorId, partner: Option<PartnerId>, grants: u64) -> Self {
        let scope = Scope::new(vendor, partner.map_or(Within::Everything, Within::Partner));
        Self { caller, scope, grants, withheld: 0, unsigned: 0, authentication: None, request: Arc::default() }
    }

    /// The same caller, writing into the log of `vendor`: only the operator crosses vendors.
    pub fn acting_for(&self, vendor: VendorId) -> Self {
        Self { scope: Scope::vendor_wide(vendor), ..self.clone() }
    }

    /// How events name this caller.
    pub fn reference(&self) -> ActorRef {
        let (kind, id) = match &self.caller {
            Caller::ApiKey(id) => ("api_key", id.to_string()),
            Caller::Person(id) => ("person", id.to_string()),
            Caller::Operator => ("operator", "operator".to_owned()),
            Caller::System(name) => ("system", (*name).to_owned()),
            Caller::Automation(name) => ("automation", name.to_string()),
        };
        ActorRef { kind: kind.to_owned(), id }
    }

    /// The revision that `If-Match` names: 428 if absent, 412 if it names none of ours.
    pub fn expected_revision(&self) -> Result<i64, Problem> {
        let sent = self.request.if_match.as_deref().ok_or_else(|| Problem::new(kinds::MATCH_REQUIRED))?;
        sent.trim().trim_matches('"').parse().map_err(|_| Problem::new(kinds::STALE))
    }

    /// 412 unless `If-Match` names `revision`; 428 if it is absent.
    pub fn require_match(&self, revision: i64) -> Result<(), Problem> {
        if self.expected_revision()? == revision { Ok(()) } else { Err(Problem::new(kinds::STALE)) }
    }
}
