//! Single sign-on: people prove who they are to their own company's identity provider, and we take its word, within limits.
//!
//! An **identity provider** (OpenID Connect) belongs to the vendor or to one of its partners and may own **e-mail domains**; one domain
//! belongs to one provider. A **sign-in** is an authorisation-code flow of ours towards the portal (`/v1/authorize`, a one-time code,
//! `grant_type=authorization_code`) around one of theirs towards us (PKCE, state, nonce, RFC 9207).
//!
//! An **identity** is (issuer, subject), never an e-mail address alone. The first sign-in links it to a person with the same address only
//! if the provider owns the address's domain here and says that the address is verified: whoever may name any address at some provider
//! could otherwise take over the account of whom it belongs to. A provider of a partner lets in that partner's people only.
//!
//! A **trusted issuer** is the vendor's own: its front end calls with the tokens that it has already, directly or exchanged (RFC 8693).
//!
//! Whoever sets up a provider or an issuer lends it no more than they hold: its **ceiling** is what they might do themselves, and nobody who
//! may do more comes in by it.

mod claims;
mod documents;
pub mod identities;
pub mod issuers;
mod logout;
mod oidc;
mod outbound;
mod personal;
pub mod providers;
mod rate;
pub mod sign_in;

pub(crate) use personal::holders;

use crate::permission::{self, Permission};
use crate::tokens::Grants;
use crate::{error, roles};
use kernel::log::EventKind;
use kernel::{Actor, App, Problem, Tx};
use utoipa_axum::router::OpenApiRouter;

/// What the operator decides. The server provides it; without it the defaults hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Whether identity providers and issuers may lie at private addresses and speak plain http.
    pub allow_private: bool,
}

impl Settings {
    fn of(app: &App) -> std::sync::Arc<Self> {
        app.service()
    }
}

/// A question to whoever knows: is this e-mail domain one where anybody gets an address? The server provides the answer.
pub struct SharedDomains(pub fn(&str) -> bool);

/// Every column here that holds sealed values.
pub(crate) fn sealed() -> Vec<kernel::seal::Sealed> {
    vec![providers::SEALED, sign_in::SEALED]
}

/// Every route of single sign-on.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(providers::router())
        .merge(identities::router())
        .merge(issuers::router())
        .merge(sign_in::router())
        .merge(logout::router())
}

pub(crate) fn event_kinds() -> Vec<EventKind> {
    [providers::event_kinds(), identities::event_kinds(), issuers::event_kinds()].into_iter().flatten().collect()
}

/// Answer the grants that end in a sign-in or begin with another's token. Once, at start.
pub(crate) fn follow(app: &App) {
    let grants = app.service::<Grants>();
    grants.on("authorization_code", sign_in::exchange);
    grants.on(issuers::TOKEN_EXCHANGE, issuers::exchange);
}

/// What a provider or issuer that `who` sets up may lend at most; `None` lends everything.
fn ceiling(who: &Actor) -> Option<String> {
    let all = permission::bits(Permission::ALL);
    (who.grants & all != all).then(|| permission::names(who.grants).join(" "))
}

/// The permissions under a stored ceiling. By name, since bits are renumbered when permissions are added.
fn under(ceiling: Option<&str>) -> u64 {
    let Some(ceiling) = ceiling else { return u64::MAX };
    permission::bits(&ceiling.split(' ').filter_map(|name| name.parse().ok()).collect::<Vec<_>>())
}

/// 403 unless `who` may do all that this ceiling lends: nobody turns what stands above them.
fn check_ceiling(who: &Actor, ceiling: Option<&str>) -> Result<(), Problem> {
    let lent = under(ceiling) & permission::bits(Permission::ALL);
    if lent & !who.grants == 0 { Ok(()) } else { Err(Problem::new(error::LENDS_MORE)) }
}

/// 422 at `pointer` unless the role is one of the wanted side; 403 if it may do what the caller may not.
async fn check_role(tx: &Tx, role: &crate::RoleName, partners: bool, pointer: &str) -> Result<(), Problem> {
    match roles::facts(tx, tx.vendor(), role).await? {
        Some(facts) if facts.is_partners == partners => {
            let beyond = facts.grants & !tx.actor().grants;
            if beyond == 0 {
                return Ok(());
            }
            let detail = format!("The role {role} includes what you may not do yourself: {}.", permission::names(beyond).join(", "));
            Err(Problem::new(error::ROLE_TOO_HIGH).detail(detail))
        }
        _ => {
            let fitting = roles::names(tx, tx.vendor(), partners).await?.join(", ");
            let whose = if partners { "a partner's provider" } else { "the vendor's provider" };
            Err(Problem::invalid(pointer, "role", format!("People of {whose} have one of the roles {fitting}.")))
        }
    }
}
