//! Asking for a new password: the request only writes down that somebody asked, the same for every address. Whether that address is anybody's
//! is looked up afterwards, by a timer, so that neither the answer nor its time tells.

use super::attempts::{self, Kind, State};
use super::links::{self, Purpose};
use super::{service, store};
use crate::people;
use crate::portals::{PortalId, portal};
use chrono::Duration;
use kernel::{Actor, App, Problem, Tx, mail};
use uuid::Uuid;

/// The timer that looks up who asked.
pub const TIMER: &str = "local.password_reset";
/// A person gets one such letter in this time.
const REST: Duration = Duration::minutes(2);

/// Write down that somebody asked.
pub async fn ask(app: &App, portal: &portal::Model, email: &str, page: Option<String>) -> Result<(), Problem> {
    links::page_of(portal, page.as_deref())?;
    let reset = Some((people::canonical_email(email), page));
    let state = State { portal: Some(portal.id), reset, ..State::new(Kind::ResetRequest) };
    app.write(&Actor::system("password_reset", portal.vendor()), async |tx| {
        let begun = attempts::store(tx, &state).await?;
        tx.set_timer(TIMER, &begun.id.to_string(), tx.now()).await?;
        Ok::<_, Problem>(())
    })
    .await
}

/// Send the link, if the address is that of an active person with a password.
pub async fn send(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<Uuid>() else { return Ok(()) };
    let Some(state) = attempts::take(tx, id).await? else { return Ok(()) };
    let (Some((email, page)), Some(portal)) = (state.reset, state.portal) else { return Ok(()) };
    let Some(portal) = service::portal_of(tx, PortalId(portal)).await? else { return Ok(()) };
    let person = people::find_by_email(tx, tx.vendor(), &email).await?.filter(|person| person.standing().is_some());
    let Some(person) = person else { return Ok(()) };
    // Two who ask at once take turns here, so that one letter goes out.
    people::find_to_change(tx, person.id()).await?;
    let has_password = store::password(tx, tx.vendor(), person.id()).await?.is_some();
    if !has_password || links::made_since(tx, person.id(), Purpose::PasswordReset, REST).await? {
        return Ok(());
    }
    let letter = service::reset_letter(tx, &person, &portal, page.as_deref()).await?;
    mail::send(tx, letter).await
}
