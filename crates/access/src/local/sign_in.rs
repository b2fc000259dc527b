//! Signing in: a password and what follows it, or a passkey alone.

use super::attempts::{self, Attempt, Begun, Kind, State};
use super::factors::{self, Checked, Factor, refused};
use super::guesses::{self, Guess};
use super::http::sign_ins::{SecondFactor, SignInChallenge, SignInResult};
use super::passkeys::{Ceremony, Json, Place};
use super::store::authenticator;
use super::{passwords, recovery, store};
use crate::people::{self, Standing};
use crate::portals::portal;
use crate::sessions::{self, Opening, Ready};
use crate::{policy, tokens::Token};
use kernel::actor::Caller;
use kernel::id::{PersonId, VendorId};
use kernel::{Actor, App, Problem};
use uuid::Uuid;

/// How RFC 8176 calls a password.
pub const PASSWORD: &str = "pwd";

/// Through which portal somebody comes, and from where.
pub struct Coming {
    /// The portal.
    pub portal: portal::Model,
    /// The origin of the page, if it is not that of the portal's first address.
    pub origin: Option<String>,
    /// The browser, as it calls itself.
    pub device: Option<String>,
}

/// Somebody who proved to be this person acts for themselves.
pub fn themselves(person: &Standing) -> Actor {
    Actor::new(Caller::Person(person.id), person.vendor, person.partner, 0)
}

/// An active person by id; refused otherwise.
pub async fn standing(app: &App, vendor: VendorId, person: PersonId) -> Result<Standing, Problem> {
    let row = people::find(&app.db().read_of(vendor).await?, vendor, person).await?;
    row.and_then(|row| row.standing()).ok_or_else(refused)
}

/// Sign in with a password: a session, or a challenge if there is a second factor. The same work is done for whoever is not known.
pub async fn by_password(app: &App, coming: Coming, email: &str, password: &str) -> Result<SignInResult, Problem> {
    let (vendor, email) = (coming.portal.vendor(), people::canonical_email(email));
    let guess = Guess::Password(email.clone());
    let failures = guesses::count(app, vendor, &guess).await?;
    let (person, kept) = {
        let db = app.db().read_of(vendor).await?;
        let person = people::find_by_email(&db, vendor, &email).await?;
        let id = person.as_ref().map_or(PersonId(Uuid::nil()), people::person::Model::id);
        (person, store::password(&db, vendor, id).await?)
    };
    let hash = kept.map(|kept| kept.hash);
    let verdict = passwords::verify(app, password, hash.clone()).await?;
    if !verdict.right {
        if let Some(person) = &person {
            guesses::failed(app, vendor, person.id(), failures).await?;
        }
        return Err(refused());
    }
    let person = person.and_then(|person| person.standing()).ok_or_else(refused)?;
    let fresh = if verdict.outdated { Some(passwords::hash(app, password).await?) } else { None };
    app.write(&themselves(&person), async |tx| {
        if let (Some(before), Some(after)) = (&hash, &fresh) {
            store::rehash(tx, person.id, before, after).await?;
        }
        guesses::forgive(tx, &guess).await
    })
    .await?;
    after_password(app, coming, person).await
}

/// What follows a password that was right, or was just set by a link.
pub async fn after_password(app: &App, coming: Coming, person: Standing) -> Result<SignInResult, Problem> {
    let known = store::confirmed(&app.db().read_of(person.vendor).await?, person.vendor, person.id).await?;
    let proven = vec![PASSWORD.to_owned()];
    if known.is_empty() {
        let ready = prepare(app, &person, Some(coming.portal.id), proven, coming.device).await?;
        let token = app.write(&themselves(&person), async |tx| ready.store(tx).await).await?;
        return SignInResult::signed_in(app, &person, token, false).await;
    }
    let state = State { person: Some(person.id), portal: Some(coming.portal.id), proven, device: coming.device, ..State::new(Kind::SignIn) };
    // A page that is none of the portal's own still takes codes.
    let place = Place::of(&coming.portal, coming.origin.as_deref()).ok();
    challenge(app, person.vendor, person.id, &known, place, state).await.map(SignInResult::challenged)
}

/// Ask a person for one of the second factors that they have.
pub async fn challenge(
    app: &App,
    vendor: VendorId,
    person: PersonId,
    known: &[authenticator::Model],
    place: Option<Place>,
    mut state: State,
) -> Result<SignInChallenge, Problem> {
    let asked = place.map(|place| place.ask(app, known)).transpose()?.flatten();
    let (options, ceremony): (Option<Json>, Option<Ceremony>) = asked.unzip();
    let left = recovery::left(&app.db().read_of(vendor).await?, vendor, person).await?;
    let methods = [
        (known.iter().any(|row| row.kind == store::TOTP), SecondFactor::Totp),
        (ceremony.is_some(), SecondFactor::Passkey),
        (left > 0, SecondFactor::RecoveryCode),
    ];
    state.ceremony = ceremony;
    let begun = attempts::begin(app, vendor, &state).await?;
    Ok(challenged(begun, methods.into_iter().filter(|(has, _)| *has).map(|(_, method)| method).collect(), options))
}

fn challenged(begun: Begun, methods: Vec<SecondFactor>, passkey_options: Option<Json>) -> SignInChallenge {
    SignInChallenge { attempt: begun.secret, methods, passkey_options, expires_at: begun.expires_at }
}

/// Ask for a passkey of whoever is there.
pub async fn discover(app: &App, coming: Coming) -> Result<SignInChallenge, Problem> {
    let (options, ceremony) = Place::of(&coming.portal, coming.origin.as_deref())?.discover()?;
    let state = State { portal: Some(coming.portal.id), device: coming.device, ceremony: Some(ceremony), ..State::new(Kind::SignIn) };
    let begun = attempts::begin(app, coming.portal.vendor(), &state).await?;
    Ok(challenged(begun, vec![SecondFactor::Passkey], Some(options)))
}

/// Continue an attempt with a factor: a session.
pub async fn go_on(app: &App, secret: &str, factor: impl FnOnce(Option<Ceremony>) -> Factor) -> Result<SignInResult, Problem> {
    let mut attempt = attempts::find(app, Kind::SignIn, secret).await?.ok_or_else(refused)?;
    let factor = factor(attempt.state.ceremony.take());
    let checked = factors::check(app, attempt.vendor, attempt.state.person, factor).await?;
    finish(app, attempt, checked).await
}

async fn finish(app: &App, attempt: Attempt, checked: Checked) -> Result<SignInResult, Problem> {
    let person = standing(app, attempt.vendor, checked.person).await?;
    let methods = [attempt.state.proven.clone(), checked.methods()].concat();
    let ready = prepare(app, &person, attempt.state.portal, methods, attempt.state.device.clone()).await?;
    let token = app
        .write(&themselves(&person), async |tx| {
            if !attempts::spend(tx, &attempt).await? {
                return Err(refused());
            }
            checked.settle(tx).await?;
            ready.store(tx).await
        })
        .await?;
    SignInResult::signed_in(app, &person, token, true).await
}

/// A session that is ready to be stored; who may not come in is refused like whoever is not known.
pub async fn prepare(app: &App, person: &Standing, portal: Option<Uuid>, methods: Vec<String>, device: Option<String>) -> Result<Ready, Problem> {
    let opening = Opening { person: person.clone(), portal, provider: None, methods, device };
    sessions::prepare(app, opening).await.map_err(|problem| if problem.kind.status == 401 { refused() } else { problem })
}

impl SignInResult {
    /// A session is open.
    pub async fn signed_in(app: &App, person: &Standing, token: Token, strong: bool) -> Result<Self, Problem> {
        let demanded = policy::of(app, person.vendor).await?.demands_of(&person.role);
        Ok(Self::open(token, demanded && !strong))
    }
}
