//! Proving again, or more, who one is in a session that is open.

use super::super::attempts::{self, Kind, State as Kept};
use super::super::factors::{self, Checked, Factor, refused};
use super::super::guesses::{self, Guess};
use super::super::passkeys::Place;
use super::super::sign_in::{self, PASSWORD};
use super::super::{Me, passwords, store};
use super::PasskeyAnswer;
use super::sign_ins::SignInChallenge;
use crate::tokens::Token;
use crate::{Anyone, error, people, policy, sessions};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Actor, App, OptionalValid, Problem, Valid};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// Where the page is.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"origin": "https://portal.contoso.example"}))]
pub struct StepUpAsk {
    /// The page's origin, if it is not that of the portal's first address.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_length = 1, max_length = 300)]
    pub origin: Option<String>,
}

/// One proof: exactly one member.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"totp_code": "287082"}))]
pub struct StepUp {
    /// A code of the authenticator app.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub totp_code: Option<String>,
    /// A recovery code.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub recovery_code: Option<String>,
    /// A passkey, from `POST /v1/me/step-up/options`.
    #[validate(nested)]
    pub passkey: Option<PasskeyAnswer>,
    /// The password: only for who has no second factor yet, to add one.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub password: Option<String>,
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask_for_step_up)).routes(routes!(step_up))
}

/// Begin a step-up: which factors the person has, and what the browser is to be asked with for a passkey.
#[utoipa::path(post, path = "/me/step-up/options", operation_id = "ask_for_step_up", tag = "sign-in", request_body = Option<StepUpAsk>,
    security(("bearer" = [])),
    responses((status = 200, description = "What is asked for.", body = SignInChallenge)))]
async fn ask_for_step_up(State(app): State<App>, Anyone(who): Anyone, OptionalValid(body): OptionalValid<StepUpAsk>) -> Result<Response, Problem> {
    let me = Me::of(&who)?;
    let known = store::confirmed(&app.db().read_of(me.vendor).await?, me.vendor, me.person).await?;
    let place = match sessions::portal_of(&app, me.vendor, me.session).await? {
        Some(portal) => Some(Place::of(&portal, body.origin.as_deref())?),
        None => None,
    };
    let kept = Kept { person: Some(me.person), session: Some(me.session), ..Kept::new(Kind::StepUp) };
    let challenge = sign_in::challenge(&app, me.vendor, me.person, &known, place, kept).await?;
    app.reply(&who, StatusCode::OK, async |_| Ok::<_, Problem>(challenge)).await
}

/// Prove a factor in the present session: the new token says `mfa` and when.
#[utoipa::path(post, path = "/me/step-up", operation_id = "step_up", tag = "sign-in", request_body = StepUp,
    security(("bearer" = [])),
    responses((status = 200, description = "The session's next access token; its refresh token stays.", body = Token)))]
async fn step_up(State(app): State<App>, Anyone(who): Anyone, Valid(body): Valid<StepUp>) -> Result<Response, Problem> {
    let me = Me::of(&who)?;
    // Looked at inside: a repeat of what was done gets its answer, though the code is spent by then.
    let proof = prove(&app, me, &who, body).await;
    let methods = proof.as_ref().map_or_else(|_| Vec::new(), Proof::methods);
    let raised = sessions::raise(&app, me.vendor, me.session, &methods).await;
    app.reply(&who, StatusCode::OK, async |tx| {
        match proof? {
            Proof::Password(guess) => guesses::forgive(tx, &guess).await?,
            Proof::Factor(proven) => {
                let (checked, attempt) = *proven;
                if let Some(attempt) = attempt
                    && !attempts::spend(tx, &attempt).await?
                {
                    return Err(refused());
                }
                checked.settle(tx).await?;
            }
        }
        raised?.store(tx).await
    })
    .await
}

enum Proof {
    Password(Guess),
    Factor(Box<(Checked, Option<attempts::Attempt>)>),
}

impl Proof {
    fn methods(&self) -> Vec<String> {
        match self {
            Self::Password(_) => vec![PASSWORD.to_owned()],
            Self::Factor(proven) => proven.0.methods(),
        }
    }
}

async fn prove(app: &App, me: Me, who: &Actor, body: StepUp) -> Result<Proof, Problem> {
    let (vendor, person) = (me.vendor, Some(me.person));
    match (body.totp_code, body.recovery_code, body.passkey, body.password) {
        (Some(code), None, None, None) => Ok(Proof::Factor(Box::new((factors::check(app, vendor, person, Factor::Totp(code)).await?, None)))),
        (None, Some(code), None, None) => Ok(Proof::Factor(Box::new((factors::check(app, vendor, person, Factor::RecoveryCode(code)).await?, None)))),
        (None, None, Some(answer), None) => {
            let attempt = attempts::find(app, Kind::StepUp, &answer.attempt).await?;
            let mut attempt = attempt.filter(|attempt| attempt.state.session == Some(me.session)).ok_or_else(refused)?;
            let factor = Factor::Passkey(answer.credential, attempt.state.ceremony.take());
            Ok(Proof::Factor(Box::new((factors::check(app, vendor, person, factor).await?, Some(attempt)))))
        }
        (None, None, None, Some(password)) => by_password(app, me, who, &password).await,
        _ => Err(Problem::invalid("/totp_code", "ambiguous", "Send exactly one of totp_code, recovery_code, passkey and password.")),
    }
}

/// A password makes a weak session recent again; it must not make the second factor of a strong one look recent.
async fn by_password(app: &App, me: Me, who: &Actor, password: &str) -> Result<Proof, Problem> {
    let (known, kept, person) = {
        let db = app.db().read_of(me.vendor).await?;
        let person = people::find(&db, me.vendor, me.person).await?.ok_or_else(Problem::not_found)?;
        (store::confirmed(&db, me.vendor, me.person).await?, store::password(&db, me.vendor, me.person).await?, person)
    };
    let strong = who.authentication.as_ref().is_some_and(|proof| proof.methods.iter().any(|method| method == policy::MFA));
    if strong || !known.is_empty() {
        return Err(Problem::new(error::SIGN_IN_REFUSED).detail("Prove a second factor: a password is not enough for whoever has one."));
    }
    let guess = Guess::Password(person.email);
    let failures = guesses::count(app, me.vendor, &guess).await?;
    if passwords::verify(app, password, kept.map(|kept| kept.hash)).await?.right {
        return Ok(Proof::Password(guess));
    }
    guesses::failed(app, me.vendor, me.person, failures).await?;
    Err(refused())
}
