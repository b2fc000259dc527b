//! A contact is linked to the person who comes in with its address.

use super::events::PartnerContactUpdatedEvent;
use super::{service, store};
use kernel::id::{PartnerId, PersonId};
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{Problem, Tx};
use serde::Deserialize;

#[derive(Deserialize)]
struct Told {
    person: ToldPerson,
}

#[derive(Deserialize)]
struct ToldPerson {
    id: PersonId,
    partner_id: Option<PartnerId>,
    email: String,
}

fn told(event: &Envelope) -> Option<(PersonId, PartnerId, String)> {
    let Told { person } = serde_json::from_str(event.data.get()).ok()?;
    Some((person.id, person.partner_id?, person.email))
}

pub(crate) fn reader() -> Reader {
    Reader {
        name: "partners.contacts",
        types: &["person.created", "person.updated"],
        relevant: Some(|_, event| Box::pin(async move { Ok(told(event).is_some()) })),
        react: React::Each(|tx, event| Box::pin(link(tx, event))),
    }
}

async fn link(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let Some((person, partner, email)) = told(event) else { return Ok(()) };
    let Some(mut row) = store::unlinked(tx, partner, &email).await? else { return Ok(()) };
    row.person_id = Some(person.0);
    store::update(tx, &mut row).await?;
    let partner_contact = service::shown(tx, &row).await?;
    tx.emit(PartnerContactUpdatedEvent { partner_contact });
    Ok(())
}
