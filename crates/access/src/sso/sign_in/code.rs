//! `grant_type=authorization_code`: the portal exchanges its code for a session (RFC 6749 §4.1.3, RFC 7636 §4.6).

use super::store::{self, code};
use crate::portals::PortalId;
use crate::sessions::{self, Opening};
use crate::sso::providers::IdentityProviderId;
use crate::tokens::{Token, TokenForm, oauth_refusal};
use crate::{authenticate, error, people};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kernel::id::{PersonId, SessionId, VendorId};
use kernel::{Actor, App, Problem};
use sha2::{Digest, Sha256};

/// Answer the grant.
pub(in crate::sso) fn exchange(app: App, client: Option<(String, String)>, form: TokenForm) -> BoxFuture<'static, Result<Token, Problem>> {
    async move { redeem(&app, client.map(|(id, _)| id).or_else(|| form.client_id.clone()), &form).await }.boxed()
}

fn refused() -> Problem {
    oauth_refusal(error::INVALID_GRANT, "The code is unknown, was used, is older than a minute, or is not this portal's; or the verifier is wrong.")
}

async fn redeem(app: &App, client: Option<String>, form: &TokenForm) -> Result<Token, Problem> {
    let sent = form.code.as_deref().ok_or_else(|| oauth_refusal(error::INVALID_REQUEST, "Send the code."))?;
    let client = client.ok_or_else(|| oauth_refusal(error::INVALID_REQUEST, "Send the portal's id as client_id."))?;
    let found = store::find_code(&app.db().read_across_vendors().await?, &authenticate::hash(sent)).await?;
    let row = found.filter(|row| belongs(row, &client, form)).ok_or_else(refused)?;
    let vendor = VendorId(row.vendor_id);
    let actor = Actor::system("sign_in", vendor);
    if let Some(session) = row.session_id {
        // RFC 6749 §4.1.2: a code that comes twice has been stolen, with everything that protects it; what came of it ends.
        app.write(&actor, async |tx| sessions::end_by_id(tx, SessionId(session), "code_reused").await).await?;
        return Err(refused());
    }
    if row.expires_at <= app.clock().now() {
        return Err(refused());
    }
    let person = people::find(&app.db().read_of(vendor).await?, vendor, PersonId(row.person_id)).await?.and_then(|person| person.standing());
    let opening = Opening {
        person: person.ok_or_else(refused)?,
        portal: Some(row.portal_id),
        provider: Some(IdentityProviderId(row.provider_id).to_string()),
        methods: row.methods.split(' ').map(str::to_owned).collect(),
        device: row.device.clone(),
    };
    let ready = sessions::prepare(app, opening).await.map_err(|problem| if problem.kind.status == 401 { refused() } else { problem })?;
    let session = ready.token.session_id.ok_or_else(|| Problem::internal("a session's token without a session"))?;
    app.write(&actor, async |tx| {
        if !store::redeem(tx, &row, session.0).await? {
            return Err(refused());
        }
        let token = ready.store(tx).await?;
        store::follow(tx, &row, session.0).await?;
        Ok(token)
    })
    .await
}

/// Whether whoever sends the code is the portal that asked for it. A wrong verifier does not spend it: its owner may still come.
fn belongs(row: &code::Model, client: &str, form: &TokenForm) -> bool {
    let verifier = form.code_verifier.as_deref().filter(|verifier| (43..=128).contains(&verifier.len())).unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let portal = PortalId(row.portal_id).to_string();
    portal == client && form.redirect_uri.as_deref() == Some(&row.redirect_uri) && challenge == row.code_challenge
}
