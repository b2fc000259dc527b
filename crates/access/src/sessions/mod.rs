//! Sessions: a person who proved who they are stays signed in, by a refresh token that works once.
//!
//! A session lasts until it is ended, lies unused for [`IDLE`], or is [`LASTS`] old. Its access tokens are short and end with it. A refresh
//! token that comes back after it was exchanged has been stolen from one of the two who hold it: the session ends (RFC 9700 §4.14).

mod http;
mod store;

pub use http::Session;
pub(crate) use http::{event_kinds, router};
pub use store::{end_all, end_all_of_provider, end_others, forget_devices, session};

use crate::authenticate;
use crate::error::{self};
use crate::people::{self, Standing};
use crate::tokens::{self, LIFETIME, Making, Token, TokenForm, oauth_refusal};
use chrono::{DateTime, Duration, Utc};
use http::{SessionEndedEvent, SessionStartedEvent, SessionSteppedUpEvent};
use kernel::actor::{Authentication, Caller};
use kernel::id::{PersonId, SessionId, VendorId};
use kernel::{Actor, App, Problem, Tx};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _};
use uuid::Uuid;

/// Every refresh token begins with this, so that a leaked one is found by scanners.
pub const PREFIX: &str = "prms_";
/// A session that nobody used for so long has ended.
pub const IDLE: Duration = Duration::days(7);
/// However much it is used, a session ends after this.
pub const LASTS: Duration = Duration::days(30);
/// An exchanged refresh token may come once more within this time: the answer may have been lost on the way.
const AGAIN: Duration = Duration::seconds(30);

/// Who proved who they are, and how.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The person.
    pub person: Standing,
    /// The portal through which they came, if through one.
    pub portal: Option<Uuid>,
    /// The identity provider that vouched for them, by id; none for a local sign-in.
    pub provider: Option<String>,
    /// How they proved it, as RFC 8176 names it.
    pub methods: Vec<String>,
    /// The browser or device, as it calls itself.
    pub device: Option<String>,
}

/// A session that is ready to be stored, with its first tokens.
pub struct Ready {
    row: session::Model,
    /// The answer to whoever signed in.
    pub token: Token,
}

/// Make a session's tokens; refused if the person may not come in. Store it with [`Ready::store`] in the write that it follows from.
pub async fn prepare(app: &App, opening: Opening) -> Result<Ready, Problem> {
    let (now, secret) = (app.clock().now(), secret());
    let row = session::Model {
        vendor_id: opening.person.vendor.0,
        id: SessionId::fresh().0,
        person_id: opening.person.id.0,
        portal_id: opening.portal,
        provider: opening.provider,
        methods: opening.methods.join(" "),
        device: opening.device.map(|device| device.chars().filter(|c| !c.is_control()).take(200).collect()),
        refresh_hash: authenticate::hash(&secret).to_vec(),
        previous_hash: None,
        refreshed_at: now,
        authenticated_at: now,
        expires_at: now + LASTS,
        ended_at: None,
        end_reason: None,
        revision: 1,
        created_at: now,
    };
    let token = token(app, &row, &opening.person, None).await?;
    Ok(Ready { row, token: Token { refresh_token: Some(secret), ..token } })
}

impl Ready {
    /// Write the session down.
    pub async fn store(self, tx: &mut Tx) -> Result<Token, Problem> {
        store::insert(tx, self.row.clone()).await?;
        tx.emit(SessionStartedEvent { session: self.row.into() });
        Ok(self.token)
    }
}

/// A session in which more was proven, ready to be stored, with its next access token.
pub struct Raised {
    row: session::Model,
    token: Token,
}

/// Write down that the person proved more, just now, and make a token that says so. Store it with [`Raised::store`].
pub async fn raise(app: &App, vendor: VendorId, id: SessionId, methods: &[String]) -> Result<Raised, Problem> {
    let (now, db) = (app.clock().now(), app.db().read_of(vendor).await?);
    let mut row = store::find(&db, vendor, id).await?.filter(|row| row.is_open(now)).ok_or_else(authenticate::refused)?;
    let person = people::find(&db, vendor, PersonId(row.person_id)).await?.and_then(|person| person.standing());
    drop(db);
    let mut proven = row.methods();
    proven.extend(methods.iter().filter(|method| !row.methods().contains(method)).cloned());
    (row.methods, row.authenticated_at, row.revision) = (proven.join(" "), now, row.revision + 1);
    let token = token(app, &row, &person.ok_or_else(authenticate::refused)?, None).await?;
    Ok(Raised { row, token })
}

/// The portal through which a session came, if through one.
pub(crate) async fn portal_of(app: &App, vendor: VendorId, id: SessionId) -> Result<Option<crate::portals::portal::Model>, Problem> {
    let db = app.db().read_of(vendor).await?;
    let Some(portal) = store::find(&db, vendor, id).await?.and_then(|row| row.portal_id) else { return Ok(None) };
    Ok(crate::portals::portal::Entity::find_by_id((vendor.0, portal)).one(&db).await?)
}

impl Raised {
    /// Write it down; refused if the session was ended meanwhile.
    pub async fn store(self, tx: &mut Tx) -> Result<Token, Problem> {
        if !store::raise(tx, &self.row).await? {
            return Err(authenticate::refused());
        }
        tx.emit(SessionSteppedUpEvent { session: self.row.into() });
        Ok(self.token)
    }
}

async fn token(app: &App, row: &session::Model, person: &Standing, scope: Option<&str>) -> Result<Token, Problem> {
    let (most, _) = authenticate::standing(app, person).await?;
    let grants = match scope {
        None => most,
        Some(scope) => {
            let named: Option<Vec<crate::Permission>> = scope.split(' ').filter(|name| !name.is_empty()).map(|name| name.parse().ok()).collect();
            let named = named.map(|named| crate::permission::bits(&named)).filter(|named| named & !most == 0);
            named.ok_or_else(|| oauth_refusal(error::INVALID_SCOPE, "A scope is one of the permissions that the person has."))?
        }
    };
    let authentication = Authentication { session: Some(SessionId(row.id)), methods: row.methods(), at: row.authenticated_at };
    let client = row.portal_id.map_or_else(|| "prm".to_owned(), |id| crate::portals::PortalId(id).to_string());
    let making =
        Making { subject: person.id.to_string(), client, vendor: person.vendor, grants, expires_in: LIFETIME, authentication: Some(authentication) };
    tokens::make(app, making).await
}

fn secret() -> String {
    format!("{PREFIX}{}", kernel::text::hex(&kernel::seal::random::<32>()))
}

/// Whether a token's session is still open; a token without one needs none.
pub(crate) async fn is_open(db: &impl ConnectionTrait, vendor: VendorId, id: Option<SessionId>, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let Some(id) = id else { return Ok(true) };
    Ok(store::find(db, vendor, id).await?.is_some_and(|row| row.is_open(now)))
}

/// Until when a session lasts if nobody uses it.
pub(crate) async fn lasts_until(db: &impl ConnectionTrait, vendor: VendorId, id: SessionId) -> Result<Option<DateTime<Utc>>, DbErr> {
    Ok(store::find(db, vendor, id).await?.map(|row| row.lasts_until()))
}

/// RFC 6749 §6: the next token of a session, with the next refresh token.
pub(crate) async fn refresh(app: &App, form: &TokenForm) -> Result<Token, Problem> {
    let refused = || oauth_refusal(error::INVALID_GRANT, "The refresh token is unknown, was used already, or its session has ended: sign in again.");
    let sent = form.refresh_token.as_deref().filter(|sent| sent.starts_with(PREFIX)).ok_or_else(refused)?;
    let (hash, now) = (authenticate::hash(sent).to_vec(), app.clock().now());
    let row = store::find_by_secret(&app.db().read_across_vendors().await?, &hash).await?.filter(|row| row.is_open(now)).ok_or_else(refused)?;
    let vendor = VendorId(row.vendor_id);
    let own = row.portal_id.map(|id| crate::portals::PortalId(id).to_string());
    if form.client_id.is_some() && form.client_id != own {
        return Err(refused());
    }
    let person = people::find(&app.db().read_of(vendor).await?, vendor, PersonId(row.person_id)).await?.and_then(|person| person.standing());
    let person = person.ok_or_else(refused)?;
    let actor = Actor::new(Caller::Person(person.id), vendor, person.partner, 0);
    if row.refresh_hash != hash && now - row.refreshed_at > AGAIN {
        app.write(&actor, async |tx| end(tx, row, "refresh_token_reused").await).await?;
        return Err(refused());
    }
    let token =
        token(app, &row, &person, form.scope.as_deref()).await.map_err(|problem| if problem.kind.status == 401 { refused() } else { problem })?;
    let next = secret();
    let next_hash = authenticate::hash(&next).to_vec();
    if !app.write(&actor, async |tx| store::rotate(tx, &row, &hash, &next_hash).await).await? {
        return Err(refused());
    }
    Ok(Token { refresh_token: Some(next), ..token })
}

/// End the session that this refresh token belongs to, if there is one.
pub(crate) async fn end_by_secret(app: &App, secret: &str) -> Result<(), Problem> {
    let hash = authenticate::hash(secret).to_vec();
    let found = store::find_by_secret(&app.db().read_across_vendors().await?, &hash).await?;
    let Some(row) = found.filter(|row| row.ended_at.is_none()) else { return Ok(()) };
    let actor = Actor::new(Caller::Person(PersonId(row.person_id)), VendorId(row.vendor_id), None, 0);
    app.write(&actor, async |tx| end(tx, row, "signed_out").await.map(|_| ())).await
}

/// All sessions of a person.
pub async fn of_person(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<Session>, DbErr> {
    Ok(store::of_person(db, vendor, person).await?.into_iter().map(Session::from).collect())
}

/// End the open session of this id, if there is one.
pub(crate) async fn end_by_id(tx: &mut Tx, id: SessionId, reason: &str) -> Result<(), Problem> {
    if let Some(row) = store::find(tx, tx.vendor(), id).await?.filter(|row| row.ended_at.is_none()) {
        end(tx, row, reason).await?;
    }
    Ok(())
}

/// End one open session.
async fn end(tx: &mut Tx, row: session::Model, reason: &str) -> Result<session::Model, Problem> {
    let Some(row) = store::end(tx, row, reason).await? else { return Err(Problem::not_found()) };
    tx.emit(SessionEndedEvent { session: row.clone().into() });
    Ok(row)
}
