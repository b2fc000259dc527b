//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`: a trusted issuer's token for one of ours (RFC 8693).

use super::verify::accept;
use crate::sso::oidc;
use crate::tokens::{self, LIFETIME, Making, Token, TokenForm, oauth_refusal};
use crate::{Permission, error, permission};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kernel::id::VendorId;
use kernel::{App, Problem};

/// The `grant_type` of a token exchange.
pub(in crate::sso) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// What we give out.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What we take: a JWT, whatever it is called.
const TAKEN: [&str; 3] = [ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];
/// Longer tokens are refused unread.
const LONGEST: usize = 16_384;

/// Answer the grant.
pub(in crate::sso) fn exchange(app: App, _: Option<(String, String)>, form: TokenForm) -> BoxFuture<'static, Result<Token, Problem>> {
    async move { issue(&app, &form).await }.boxed()
}

async fn issue(app: &App, form: &TokenForm) -> Result<Token, Problem> {
    let invalid = |detail: &str| oauth_refusal(error::INVALID_REQUEST, detail);
    let token = form.subject_token.as_deref().filter(|token| token.len() <= LONGEST).ok_or_else(|| invalid("Send the subject_token."))?;
    if form.subject_token_type.as_deref().is_none_or(|kind| !TAKEN.contains(&kind)) {
        return Err(invalid(&format!("Send one of {} as subject_token_type.", TAKEN.join(", "))));
    }
    if form.requested_token_type.as_deref().is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Err(invalid(&format!("Only {ACCESS_TOKEN} is given out.")));
    }
    // RFC 8693 §2.2.2: a subject token that is not acceptable is an invalid request.
    let refused = || invalid("The subject_token is not of a trusted issuer, not in force, or of nobody who may come in.");
    let unproven = oidc::payload(token).filter(|claims| claims["iss"].is_string()).ok_or_else(refused)?;
    let accepted = accept(app, token, &unproven).await.map_err(|problem| if problem.kind.status == 401 { refused() } else { problem })?;
    let grants = match form.scope.as_deref() {
        None => accepted.grants,
        Some(scope) => {
            let named: Option<Vec<Permission>> = scope.split(' ').filter(|name| !name.is_empty()).map(|name| name.parse().ok()).collect();
            let named = named.map(|named| permission::bits(&named)).filter(|named| named & !accepted.grants == 0);
            named.ok_or_else(|| oauth_refusal(error::INVALID_SCOPE, "A scope is one of the permissions that the subject token holds."))?
        }
    };
    // Ours does not outlive theirs.
    let left = (accepted.expires - app.clock().now()).num_seconds();
    let making = Making {
        subject: accepted.person.id.to_string(),
        client: accepted.issuer.id().to_string(),
        vendor: VendorId(accepted.issuer.vendor_id),
        grants,
        expires_in: left.min(LIFETIME),
        authentication: Some(accepted.authentication),
    };
    let token = tokens::make(app, making).await?;
    Ok(Token { issued_token_type: Some(ACCESS_TOKEN.to_owned()), ..token })
}
