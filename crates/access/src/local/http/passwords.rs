//! Changing a password, and setting a new one by mail.

use super::super::{Me, resets, service};
use crate::people;
use crate::{Anyone, error, portals};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{App, Problem, Valid};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// A new password for oneself.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"old_password": "vermilion otter bicycle", "password": "quiet harbour lantern"}))]
pub struct PasswordChange {
    /// The present one; whoever has none yet leaves it out, and must have signed in within the last five minutes.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub old_password: Option<String>,
    /// The new one: 15 characters, or 8 if the person has or needs a second factor. No rules of composition; passwords that have leaked and those
    /// made of names and addresses are refused.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub password: String,
}

/// Whose password is to be set anew.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "ptl_01jd3k7x2mfq8t9v5w6y0zabcd", "email": "sam@northwind.example"}))]
pub struct PasswordResetCreate {
    /// The portal's id.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub client_id: String,
    /// E-mail address.
    #[validate(length(min = 3, max = 254))]
    #[schema(min_length = 3, max_length = 254)]
    pub email: String,
    /// The page to open, one of the portal's `redirect_uris`; the first if absent. The secret follows it as `#password_reset=…`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub redirect_uri: Option<String>,
}

/// A new password by the link of a reset.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "prml_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0", "password": "quiet harbour lantern"}))]
pub struct PasswordResetComplete {
    /// What followed `#password_reset=` in the link.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub secret: String,
    /// The new password.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub password: String,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(change_password)).routes(routes!(reset_password)).routes(routes!(complete_password_reset))
}

/// Set or change one's own password. Every other session of the person ends.
#[utoipa::path(post, path = "/me/password", operation_id = "change_password", tag = "sign-in", request_body = PasswordChange,
    security(("bearer" = [])),
    responses((status = 204, description = "It is changed.")))]
async fn change_password(State(app): State<App>, Anyone(who): Anyone, Valid(body): Valid<PasswordChange>) -> Result<Response, Problem> {
    let me = Me::of(&who)?;
    let person = people::find(&app.db().read_of(me.vendor).await?, me.vendor, me.person).await?.ok_or_else(Problem::not_found)?;
    // Looked at inside: a repeat of what was done gets its answer, though the old password is old by then.
    let may = service::may_change(&app, me, &person, body.old_password.as_deref()).await;
    let password = service::new_password(&app, me.vendor, &person, &body.password).await;
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| {
        may?;
        service::change_password(tx, me, &person, &password?).await
    })
    .await
}

/// Ask for a link to set a new password.
///
/// The answer and its time are the same whether or not the address is known. The link goes to that address alone, leads to the portal's own
/// page, and works once, for an hour.
#[utoipa::path(post, path = "/password-resets", operation_id = "reset_password", tag = "sign-in", request_body = PasswordResetCreate, security(()),
    responses((status = 202, description = "If the address is that of a person with a password, a letter goes out.")))]
async fn reset_password(State(app): State<App>, Valid(body): Valid<PasswordResetCreate>) -> Result<StatusCode, Problem> {
    let portal = portals::find(&app, &body.client_id).await?;
    if !kernel::mail::is_configured(&app) {
        return Err(Problem::new(error::NO_MAIL));
    }
    resets::ask(&app, &portal, &body.email, body.redirect_uri).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Set a new password by the link that was sent. Every session of the person ends; a second factor stays as it is.
#[utoipa::path(post, path = "/password-resets/complete", operation_id = "complete_password_reset", tag = "sign-in",
    request_body = PasswordResetComplete, security(()),
    responses((status = 204, description = "It is set.")))]
async fn complete_password_reset(State(app): State<App>, Valid(body): Valid<PasswordResetComplete>) -> Result<StatusCode, Problem> {
    service::reset_password(&app, &body.secret, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
