//! What a new partner does first, remembered with its application: the first sign-in, the first agreement signed by all, the first approved deal.

use super::events::{ApplicationFirstDeal, ApplicationFirstLogin, ApplicationFirstSignature};
use super::moves::reach;
use super::store::{self, ApplicationRow};
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;

/// What follows the log.
pub fn readers() -> Vec<Reader> {
    let reader = |name, types| Reader {
        name,
        types,
        relevant: Some(|app, event| Box::pin(concerns(app, event))),
        react: React::Each(|tx, event| Box::pin(remember(tx, event))),
    };
    vec![reader("applications.first_login", &["session.started"]), reader("applications.first_steps", &["agreement.completed", "deal.approved"])]
}

/// What happened, and to whom.
enum First {
    Login(PersonId),
    Signature(PartnerId),
    Deal(PartnerId),
}

impl First {
    fn of(event: &Envelope) -> Option<Self> {
        let data: Value = serde_json::from_str(event.data.get()).ok()?;
        let id = |pointer: &str| data.pointer(pointer).and_then(Value::as_str);
        match event.kind.as_str() {
            "session.started" => Some(Self::Login(id("/session/person_id")?.parse().ok()?)),
            "agreement.completed" => Some(Self::Signature(id("/agreement/partner_id")?.parse().ok()?)),
            "deal.approved" => Some(Self::Deal(id("/deal/partner_id")?.parse().ok()?)),
            _ => None,
        }
    }

    /// The application of whom it concerns, if it is their first.
    async fn application(&self, db: &impl ConnectionTrait, scope: Scope) -> Result<Option<ApplicationRow>, DbErr> {
        let row = match self {
            Self::Login(person) => store::of_person(db, scope, *person).await?,
            Self::Signature(partner) | Self::Deal(partner) => store::of_partner(db, scope, *partner).await?,
        };
        Ok(row.filter(|row| self.remembered(row).is_none()))
    }

    fn remembered(&self, row: &ApplicationRow) -> Option<DateTime<Utc>> {
        match self {
            Self::Login(_) => row.first_login_at,
            Self::Signature(_) => row.signed_at,
            Self::Deal(_) => row.first_deal_at,
        }
    }
}

async fn concerns(app: &App, event: &Envelope) -> Result<bool, Problem> {
    let Some(first) = First::of(event) else { return Ok(false) };
    let db = app.db().read_of(event.vendor_id).await?;
    Ok(first.application(&db, Scope::vendor_wide(event.vendor_id)).await?.is_some())
}

async fn remember(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let Some(first) = First::of(event) else { return Ok(()) };
    let Some(mut row) = first.application(tx, tx.scope()).await? else { return Ok(()) };
    let at = event.occurred_at;
    let taken = row.submitted_at.map(|since| (at - since).num_seconds().max(0));
    match first {
        First::Login(_) => reach(&mut row, 5, at),
        First::Signature(_) => (row.signed_at, row.seconds_to_sign) = (Some(at), taken),
        First::Deal(_) => (row.first_deal_at, row.seconds_to_deal) = (Some(at), taken),
    }
    store::update(tx, &mut row).await?;
    let application = row.told()?;
    match first {
        First::Login(_) => tx.emit(ApplicationFirstLogin { application }),
        First::Signature(_) => tx.emit(ApplicationFirstSignature { application }),
        First::Deal(_) => tx.emit(ApplicationFirstDeal { application }),
    }
    Ok(())
}
