//! Inviting, joining, and setting passwords; one write each.

use super::attempts::{self, Kind};
use super::events::{AuthenticatorAddedEvent, AuthenticatorRemovedEvent, MfaResetEvent, PasswordChangedEvent};
use super::factors::refused;
use super::guesses::{self, Guess};
use super::http::Authenticator;
use super::http::invitations::{Invitation, InvitationCreate};
use super::http::sign_ins::SignInResult;
use super::links::{self, Link, Purpose};
use super::passkeys::{self, Json};
use super::sign_in::{self, Coming};
use super::store::{self, Password, authenticator};
use super::{AuthenticatorId, Me, RECENT, letters, passwords, recovery};
use crate::people::{self, Person, PersonInvitedEvent, PersonJoinedEvent, Standing, person};
use crate::portals::{PortalId, portal};
use crate::{error, policy, sessions, vendors};
use kernel::id::{PersonId, VendorId};
use kernel::mail::{self, Letter};
use kernel::{App, Problem, Tx};
use sea_orm::EntityTrait as _;

/// A link that does not work, whatever the reason.
pub fn void() -> Problem {
    Problem::new(error::LINK_REFUSED)
}

/// The vendor's name, as letters and authenticator apps show it.
pub async fn vendor_name(tx: &Tx) -> Result<String, Problem> {
    Ok(vendors::find(tx, tx.vendor()).await?.ok_or_else(Problem::not_found)?.name)
}

async fn to_change(tx: &Tx, id: PersonId) -> Result<person::Model, Problem> {
    let row = people::find_to_change(tx, id).await?.ok_or_else(Problem::not_found)?;
    people::check_standing(tx, &row).await?;
    Ok(row)
}

/// Write to a person about a change to how they sign in.
pub async fn tell(tx: &Tx, person: &person::Model, what: &str) -> Result<(), Problem> {
    mail::send(tx, letters::notice(&person.email, &person.name, &vendor_name(tx).await?, what)).await
}

/// Invite a person: a new link, by mail, or for the inviter to hand over where no mail is sent.
pub async fn invite(tx: &mut Tx, id: PersonId, new: InvitationCreate) -> Result<Invitation, Problem> {
    let mut row = to_change(tx, id).await?;
    if row.standing().is_none() {
        return Err(Problem::new(error::PERSON_DEACTIVATED));
    }
    let portal = portal::Entity::find_by_id((tx.vendor().0, new.client_id.0)).one(tx).await?;
    let portal = portal.ok_or_else(|| Problem::invalid("/client_id", "not_found", "The vendor has no such portal."))?;
    let link = links::make(tx, id, Purpose::Invitation, &portal, new.redirect_uri.as_deref()).await?;
    (row.invited_at, row.updated_at, row.revision) = (Some(tx.now()), tx.now(), row.revision + 1);
    people::write(tx, row.clone()).await?;
    let sent = mail::is_configured(tx.app());
    if sent {
        mail::send(tx, letters::invitation(&row.email, &row.name, &vendor_name(tx).await?, &link)).await?;
    }
    let person = Person::from(row);
    tx.emit(PersonInvitedEvent { person: person.clone() });
    Ok(Invitation { person, expires_at: tx.now() + Purpose::Invitation.lifetime(), sent, link: Some(link).filter(|_| !sent) })
}

/// Take away all second factors of a person who lost them; they sign in with their password and enrol anew.
pub async fn reset_mfa(tx: &mut Tx, id: PersonId) -> Result<Person, Problem> {
    let row = to_change(tx, id).await?;
    for authenticator in store::confirmed(tx, tx.vendor(), id).await? {
        store::delete(tx, &authenticator).await?;
        tx.emit(AuthenticatorRemovedEvent { person_id: id, authenticator: Authenticator::from(authenticator) });
    }
    store::forget_unconfirmed(tx, id).await?;
    recovery::forget(tx, id).await?;
    guesses::forgive(tx, &Guess::Totp(id)).await?;
    guesses::forgive(tx, &Guess::RecoveryCode(id)).await?;
    sessions::end_all(tx, id, "mfa_reset").await?;
    tx.emit(MfaResetEvent { person_id: id });
    tell(tx, &row, "An administrator removed your authenticator apps, passkeys and recovery codes. Sign in with your password and add new ones.")
        .await?;
    Ok(row.into())
}

/// Whose link it is, and the portal that it leads to.
pub async fn opened(app: &App, purpose: Purpose, secret: &str) -> Result<(Link, person::Model, portal::Model), Problem> {
    let link = links::find(app, purpose, secret).await?.ok_or_else(void)?;
    let db = app.db().read_of(link.vendor).await?;
    let person = people::find(&db, link.vendor, link.person).await?.filter(|person| person.standing().is_some()).ok_or_else(void)?;
    let portal = portal::Entity::find_by_id((link.vendor.0, link.portal)).one(&db).await?.ok_or_else(void)?;
    Ok((link, person, portal))
}

/// A password that is acceptable for this person, hashed.
pub async fn new_password(app: &App, vendor: VendorId, person: &person::Model, password: &str) -> Result<Password, Problem> {
    let (known, name) = {
        let db = app.db().read_of(vendor).await?;
        let known = store::confirmed(&db, vendor, person.id()).await?;
        (known, vendors::find(&db, vendor).await?.map(|vendor| vendor.name).unwrap_or_default())
    };
    let strong = !known.is_empty() || policy::of(app, vendor).await?.demands_of(&person.role());
    let stands_alone = passwords::check("/password", password, strong, &[&person.email, &person.name, &name])?;
    Ok(Password { hash: passwords::hash(app, password).await?, stands_alone })
}

/// The person came by a link that was sent to their address.
async fn joined(tx: &mut Tx, id: PersonId) -> Result<Standing, Problem> {
    let mut row = people::find_to_change(tx, id).await?.ok_or_else(void)?;
    let standing = row.standing().ok_or_else(void)?;
    if row.email_verified_at.is_none() {
        (row.email_verified_at, row.updated_at, row.revision) = (Some(tx.now()), tx.now(), row.revision + 1);
        people::write(tx, row.clone()).await?;
        tx.emit(PersonJoinedEvent { person: row.into() });
    }
    Ok(standing)
}

/// Come in by an invitation with a password.
pub async fn join_with_password(
    app: &App,
    secret: &str,
    password: &str,
    origin: Option<String>,
    device: Option<String>,
) -> Result<SignInResult, Problem> {
    let (link, person, portal) = opened(app, Purpose::Invitation, secret).await?;
    let password = new_password(app, link.vendor, &person, password).await?;
    let standing = person.standing().ok_or_else(void)?;
    app.write(&sign_in::themselves(&standing), async |tx| {
        if !links::spend(tx, &link).await? {
            return Err(void());
        }
        joined(tx, link.person).await?;
        set_password(tx, &person, &password, "invitation").await?;
        sessions::end_all(tx, link.person, "password_changed").await
    })
    .await?;
    sign_in::after_password(app, Coming { portal, origin, device }, standing).await
}

/// Set a password and open the way that wrong guesses had closed.
async fn set_password(tx: &mut Tx, person: &person::Model, password: &Password, by: &str) -> Result<(), Problem> {
    store::set_password(tx, person.id(), password).await?;
    guesses::forgive(tx, &Guess::Password(person.email.clone())).await?;
    tx.emit(PasswordChangedEvent { person_id: person.id(), by: by.to_owned() });
    Ok(())
}

/// A passkey as the browser answered it.
pub struct NewPasskey {
    /// Which options it answers.
    pub attempt: String,
    /// The answer.
    pub answer: Json,
    /// What it shall be called.
    pub name: Option<String>,
}

/// Come in by an invitation with a new passkey: for those who have no second factor yet, so that a letter never replaces one.
pub async fn join_with_passkey(app: &App, secret: &str, new: NewPasskey, device: Option<String>) -> Result<SignInResult, Problem> {
    let (link, person, portal) = opened(app, Purpose::Invitation, secret).await?;
    let standing = person.standing().ok_or_else(void)?;
    let attempt =
        attempts::find(app, Kind::Enrolment, &new.attempt).await?.filter(|attempt| attempt.state.person == Some(link.person)).ok_or_else(refused)?;
    let ceremony = attempt.state.ceremony.as_ref().ok_or_else(refused)?;
    let registered = passkeys::registered(ceremony, new.answer)?;
    let methods = ["pop", "user", policy::MFA].map(str::to_owned).to_vec();
    let ready = sign_in::prepare(app, &standing, Some(portal.id), methods, device).await?;
    let token = app
        .write(&sign_in::themselves(&standing), async |tx| {
            if !links::spend(tx, &link).await?
                || !attempts::spend(tx, &attempt).await?
                || !store::confirmed(tx, link.vendor, link.person).await?.is_empty()
            {
                return Err(void());
            }
            joined(tx, link.person).await?;
            add_passkey(tx, link.person, registered, new.name).await?;
            ready.store(tx).await
        })
        .await?;
    SignInResult::signed_in(app, &standing, token, true).await
}

/// Write a new passkey down.
pub async fn add_passkey(
    tx: &mut Tx,
    person: PersonId,
    registered: passkeys::Registered,
    name: Option<String>,
) -> Result<authenticator::Model, Problem> {
    let id = AuthenticatorId::fresh().0;
    let row = authenticator::Model {
        vendor_id: tx.vendor().0,
        id,
        person_id: person.0,
        kind: store::PASSKEY.to_owned(),
        name: name.unwrap_or_else(|| "Passkey".to_owned()),
        secret: tx.app().sealer().seal(&authenticator::Model::purpose(id), &registered.passkey),
        credential_hash: Some(registered.credential_hash),
        rp_id: Some(registered.rp_id),
        last_step: 0,
        confirmed_at: Some(tx.now()),
        last_used_at: None,
        revision: 1,
        created_at: tx.now(),
    };
    if !store::insert(tx, row.clone()).await? {
        return Err(Problem::new(error::AUTHENTICATOR_KNOWN));
    }
    tx.emit(AuthenticatorAddedEvent { person_id: person, authenticator: Authenticator::from(row.clone()) });
    Ok(row)
}

/// Set a new password by the link of a reset: every session ends.
pub async fn reset_password(app: &App, secret: &str, password: &str) -> Result<(), Problem> {
    let (link, person, _) = opened(app, Purpose::PasswordReset, secret).await?;
    let password = new_password(app, link.vendor, &person, password).await?;
    let standing = person.standing().ok_or_else(void)?;
    app.write(&sign_in::themselves(&standing), async |tx| {
        if !links::spend(tx, &link).await? {
            return Err(void());
        }
        joined(tx, link.person).await?;
        links::forget(tx, link.person).await?;
        set_password(tx, &person, &password, "reset").await?;
        sessions::end_all(tx, link.person, "password_changed").await?;
        tell(tx, &person, "Your password was set anew by a link sent to this address. Every session was ended.").await
    })
    .await
}

/// What a change of one's own password rests on: the old one, or if there is none a recent proof.
pub async fn may_change(app: &App, me: Me, person: &person::Model, old: Option<&str>) -> Result<(), Problem> {
    let kept = store::password(&app.db().read_of(me.vendor).await?, me.vendor, me.person).await?;
    let Some(kept) = kept else { return Ok(()) };
    let old = old.ok_or_else(|| Problem::invalid("/old_password", "required", "Send the password that you have now."))?;
    let guess = Guess::Password(person.email.clone());
    let failures = guesses::count(app, me.vendor, &guess).await?;
    if passwords::verify(app, old, Some(kept.hash)).await?.right {
        return Ok(());
    }
    guesses::failed(app, me.vendor, me.person, failures).await?;
    Err(Problem::invalid("/old_password", "wrong", "This is not your password."))
}

/// Change one's own password: every other session ends.
pub async fn change_password(tx: &mut Tx, me: Me, person: &person::Model, password: &Password) -> Result<(), Problem> {
    if store::password(tx, me.vendor, me.person).await?.is_none() {
        let strong = !store::confirmed(tx, me.vendor, me.person).await?.is_empty();
        policy::require_recent(tx.actor(), RECENT, strong, tx.now())?;
    }
    set_password(tx, person, password, "change").await?;
    links::forget(tx, me.person).await?;
    sessions::end_others(tx, me.person, Some(me.session), "password_changed").await?;
    tell(tx, person, "Your password was changed. Every other session was ended.").await
}

/// The letter and link of a reset, for a person who has a password.
pub async fn reset_letter(tx: &Tx, person: &person::Model, portal: &portal::Model, page: Option<&str>) -> Result<Letter, Problem> {
    let link = links::make(tx, person.id(), Purpose::PasswordReset, portal, page).await?;
    Ok(letters::password_reset(&person.email, &person.name, &vendor_name(tx).await?, &link))
}

/// The portal of a person's vendor with this id.
pub async fn portal_of(tx: &Tx, id: PortalId) -> Result<Option<portal::Model>, Problem> {
    Ok(portal::Entity::find_by_id((tx.vendor().0, id.0)).one(tx).await?)
}
