//! Public forms: a token that stands in a web page and can do nothing but hand something in.
//!
//! Whose it is stands in the token: nobody has to look through the forms of all vendors. A form takes so many a minute, and a sixth of that from one
//! address; a page of another origin than the vendor lists is refused.

use crate::{edge, limits};
use axum::http::{HeaderMap, header};
use kernel::actor::RequestInfo;
use kernel::id::VendorId;
use kernel::problem::Kind;
use kernel::text::hex;
use kernel::{Actor, App, Problem};
use sha2::{Digest as _, Sha256};
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;

/// A new token of the form `id`; only its [`hash`] is kept.
pub fn token(vendor: VendorId, id: impl Display) -> String {
    format!("{vendor}.{id}.{}", hex(&kernel::seal::random::<20>()))
}

/// What is kept of a secret. Comparing hashes tells nothing of the secret.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Whose form a token says that it is of; whether it is true, only its hash tells.
pub fn named<I: FromStr>(token: &str) -> Option<(VendorId, I)> {
    let mut parts = token.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whoever hands something in by a form: nobody in particular.
pub fn sender(name: &'static str, vendor: VendorId, request: Arc<RequestInfo>) -> Actor {
    Actor { request, ..Actor::system(name, vendor) }
}

/// Whether this is one too many, or comes from a page that is not the vendor's (`stranger`).
pub async fn admit(app: &App, sender: &Actor, form: Uuid, per_minute: i64, headers: &HeaderMap, stranger: Kind) -> Result<(), Problem> {
    if let Some(problem) = limits::count_form(app, form, u32::try_from(per_minute).unwrap_or(u32::MAX), sender.request.client) {
        return Err(problem);
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let listed = edge::of_vendors(app).await?;
        if !origin.to_str().is_ok_and(|origin| listed.lists(sender.scope.vendor(), origin)) {
            return Err(Problem::new(stranger));
        }
    }
    Ok(())
}
