//! The operations by which local people come in and manage how they do.

pub mod authenticators;
pub mod invitations;
pub mod passwords;
pub mod sign_ins;
mod step_up;

pub use authenticators::Authenticator;
pub use invitations::{Invitation, InvitationCreate};

use kernel::App;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use validator::Validate;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(sign_ins::router())
        .merge(invitations::router())
        .merge(passwords::router())
        .merge(authenticators::router())
        .merge(step_up::router())
}

/// What a browser answered when it was asked for a passkey.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"attempt": "prma_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0",
    "credential": {"id": "q83vEg", "rawId": "q83vEg", "type": "public-key", "response": {}}}))]
pub struct PasskeyAnswer {
    /// `attempt` of the answer that held the options.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub attempt: String,
    /// The credential, as `PublicKeyCredential.toJSON()` writes it.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub credential: Map<String, Value>,
}

/// What the browser is to be asked with when a passkey is added.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"attempt": "prma_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0",
    "options": {"challenge": "q83vEg", "rp": {"id": "portal.contoso.example", "name": "Partner portal"}}, "expires_at": "2026-11-20T12:05:00Z"}))]
pub struct PasskeyOptions {
    /// Send it with the answer.
    pub attempt: String,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON()`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub options: Map<String, Value>,
    /// Until when the answer is taken.
    pub expires_at: chrono::DateTime<chrono::Utc>,
}

impl kernel::Resource for PasskeyOptions {}
