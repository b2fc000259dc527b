//! Inviting people, coming in by an invitation, and what an admin does for who lost their second factors.

use super::super::attempts::{self, Kind, State as Kept};
use super::super::links::Purpose;
use super::super::passkeys::Place;
use super::super::{service, store};
use super::sign_ins::SignInResult;
use super::{PasskeyAnswer, PasskeyOptions};
use crate::people::Person;
use crate::portals::PortalId;
use crate::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PersonId;
use kernel::text::not_blank;
use kernel::{App, At, Problem, Valid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Where an invitation leads.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "ptl_01jd3k7x2mfq8t9v5w6y0zabcd"}))]
pub struct InvitationCreate {
    /// The portal through which the person shall come.
    pub client_id: PortalId,
    /// The page to open, one of the portal's `redirect_uris`; the first if absent. The secret follows it as `#invitation=…`.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub redirect_uri: Option<String>,
}

/// A person who was invited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"person": {"id": "per_01jd3k7x2mfq8t9v5w6y0zabcd", "email": "sam@northwind.example", "name": "Sam Okafor", "role": "sales",
    "status": "active", "invited_at": "2026-11-20T12:00:00Z", "revision": 2, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"},
    "expires_at": "2026-11-27T12:00:00Z", "sent": true}))]
pub struct Invitation {
    /// The person.
    pub person: Person,
    /// Until when the link works; the next invitation replaces it.
    pub expires_at: DateTime<Utc>,
    /// Whether the link goes out by mail.
    pub sent: bool,
    /// The link, only if this installation sends no mail: hand it to the person yourself, by a way that nobody else reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub link: Option<String>,
}

impl Resource for Invitation {}

/// How an invited person will sign in: a password or a passkey.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "prml_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0", "password": "vermilion otter bicycle"}))]
pub struct InvitationAccept {
    /// What followed `#invitation=` in the link.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub secret: String,
    /// A password: 15 characters, or 8 if the person has or needs a second factor.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub password: Option<String>,
    /// A passkey, from `POST /v1/invitations/passkey-options`.
    #[validate(nested)]
    pub passkey: Option<PasskeyAnswer>,
    /// What the passkey shall be called.
    #[validate(length(min = 1, max = 100), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub passkey_name: Option<String>,
    /// The page's origin, if it is not that of the portal's first address.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub origin: Option<String>,
    /// The browser or device, as the session's list shall show it.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub device: Option<String>,
}

/// An invitation that shall be accepted with a passkey.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"secret": "prml_3f9ac2d07be84f5a9d1c6e2b7f80a4135c9e6d2f10b38a7451f2c9d03f9ac2d0"}))]
pub struct InvitationPasskeyAsk {
    /// What followed `#invitation=` in the link.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub secret: String,
    /// The page's origin, if it is not that of the portal's first address.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub origin: Option<String>,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(invite_person))
        .routes(routes!(reset_person_mfa))
        .routes(routes!(accept_invitation))
        .routes(routes!(ask_for_invited_passkey))
}

/// Invite a person to sign in here: a link by mail that works once, for seven days.
///
/// A new invitation replaces the last one. To a person who signs in already it is a way to set a new password; it never replaces a second
/// factor. Where no mail server is configured the link is in the answer instead.
#[utoipa::path(post, path = "/people/{id}/invite", operation_id = "invite_person", tag = "people",
    params(("id" = PersonId, Path, description = "The person.")), request_body = InvitationCreate, security(("bearer" = ["people:manage"])),
    responses((status = 200, description = "The invitation.", body = Invitation)))]
async fn invite_person(
    State(app): State<App>,
    who: Can<may::ManagePeople>,
    At(id): At<PersonId>,
    Valid(body): Valid<InvitationCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::invite(tx, id, body).await).await
}

/// Take away all second factors of a person who lost them, with their recovery codes and sessions. They are told by mail.
#[utoipa::path(post, path = "/people/{id}/reset-mfa", operation_id = "reset_person_mfa", tag = "people",
    params(("id" = PersonId, Path, description = "The person.")), security(("bearer" = ["people:manage"])),
    responses((status = 200, description = "The person.", body = Person)))]
async fn reset_person_mfa(State(app): State<App>, who: Can<may::ManagePeople>, At(id): At<PersonId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::reset_mfa(tx, id).await).await
}

/// Come in by an invitation: set a password or register a passkey, and be signed in.
#[utoipa::path(post, path = "/invitations/accept", operation_id = "accept_invitation", tag = "sign-in", request_body = InvitationAccept, security(()),
    responses((status = 200, description = "A session, or what is asked for next.", body = SignInResult)))]
async fn accept_invitation(State(app): State<App>, Valid(body): Valid<InvitationAccept>) -> Result<Json<SignInResult>, Problem> {
    match (body.password, body.passkey) {
        (Some(password), None) => service::join_with_password(&app, &body.secret, &password, body.origin, body.device).await.map(Json),
        (None, Some(passkey)) => {
            let new = service::NewPasskey { attempt: passkey.attempt, answer: passkey.credential, name: body.passkey_name };
            service::join_with_passkey(&app, &body.secret, new, body.device).await.map(Json)
        }
        _ => Err(Problem::invalid("/password", "required", "Send a password or a passkey, not both.")),
    }
}

/// Begin to register a passkey by an invitation.
#[utoipa::path(post, path = "/invitations/passkey-options", operation_id = "ask_for_invited_passkey", tag = "sign-in",
    request_body = InvitationPasskeyAsk, security(()),
    responses((status = 200, description = "What the browser is to be asked with.", body = PasskeyOptions)))]
async fn ask_for_invited_passkey(State(app): State<App>, Valid(body): Valid<InvitationPasskeyAsk>) -> Result<Json<PasskeyOptions>, Problem> {
    let (link, person, portal) = service::opened(&app, Purpose::Invitation, &body.secret).await?;
    let known = store::confirmed(&app.db().read_of(link.vendor).await?, link.vendor, link.person).await?;
    if !known.is_empty() {
        return Err(service::void());
    }
    let place = Place::of(&portal, body.origin.as_deref())?;
    let (options, ceremony) = place.register(&app, link.person, &person.email, &person.name, &known)?;
    let kept = Kept { person: Some(link.person), ceremony: Some(ceremony), ..Kept::new(Kind::Enrolment) };
    let begun = attempts::begin(&app, link.vendor, &kept).await?;
    Ok(Json(PasskeyOptions { attempt: begun.secret, options, expires_at: begun.expires_at }))
}
