//! `Can<RegisterDeals>` in a handler's signature: authenticated, authorised, and scoped.

use crate::permission::Required;
use crate::{Admission, authenticate, gates, policy};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use kernel::actor::RequestInfo;
use kernel::problem::kinds;
use kernel::{Actor, App, Problem};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// A caller that may do `P`.
pub struct Can<P> {
    actor: Actor,
    permission: PhantomData<P>,
}

impl<P> Deref for Can<P> {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl<P: Required> FromRequestParts<App> for Can<P> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let actor = caller(parts, app).await?;
        if actor.unsigned & P::PERMISSION.bit() != 0 {
            return Err(gates::refusal(app, &actor, P::PERMISSION.bit()).await?);
        }
        if actor.withheld & P::PERMISSION.bit() != 0 {
            return Err(policy::step_up(app, actor.scope.vendor(), P::PERMISSION).await?);
        }
        if actor.grants & P::PERMISSION.bit() == 0 {
            let detail = format!("This needs the permission {}.", P::PERMISSION.wire());
            return Err(Problem::new(kinds::FORBIDDEN).detail(detail));
        }
        Ok(Self { actor, permission: PhantomData })
    }
}

/// Any authenticated caller of a vendor, whatever it may do.
pub struct Anyone(pub Actor);

impl FromRequestParts<App> for Anyone {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        caller(parts, app).await.map(Self)
    }
}

/// The operator of this installation.
pub struct Operator(pub Actor);

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let mut actor = authenticate::operator(app, bearer(&parts.headers)?)?;
        actor.request = request(parts);
        Ok(Self(actor))
    }
}

pub(crate) async fn caller(parts: &mut Parts, app: &App) -> Result<Actor, Problem> {
    let mut actor = match parts.extensions.get::<Arc<Admission>>() {
        Some(admission) => admission.actor()?,
        None => Admission::of(app, &parts.headers).await.actor()?,
    };
    actor.request = request(parts);
    say_who(&actor);
    Ok(actor)
}

/// Whatever is logged of this request from here on says whose it is.
fn say_who(actor: &Actor) {
    let span = tracing::Span::current();
    if !span.is_disabled() {
        span.record("enduser.id", actor.reference().id.as_str());
    }
}

fn request(parts: &Parts) -> Arc<RequestInfo> {
    parts.extensions.get::<Arc<RequestInfo>>().cloned().unwrap_or_default()
}

/// The credential that a request carries.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut sent = headers.get_all(axum::http::header::AUTHORIZATION).iter();
    // Of two, whoever stands in front of us may have looked at the other one.
    let only = sent.next().filter(|_| sent.next().is_none());
    let text = only.and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => Ok(credential.trim()),
        _ => Err(Problem::new(kinds::UNAUTHENTICATED)),
    }
}

/// The client's id and secret, if a request carries `Authorization: Basic` (RFC 6749 §2.3.1: each form-encoded, then joined).
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    use base64::Engine as _;
    let text = headers.get(axum::http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| url::form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned());
    plain(id).zip(plain(secret))
}
