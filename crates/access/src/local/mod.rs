//! Local people: who has no identity provider at hand signs in with a password, a passkey, or both.
//!
//! A person is **invited** by mail: a link to the vendor's portal, which sets a **password** or registers a **passkey**. A password may be
//! followed by a **second factor**: a code of the moment (TOTP), a passkey, or a recovery code. All of it is JSON that a front end calls;
//! what is between two calls of one sign-in is an **attempt**. Guesses are counted durably (`guesses`); nothing tells whether an address is known.
//!
//! In a session, **step-up** proves a factor again; what a vendor demands stands in [`policy`](crate::policy).

mod attempts;
mod enrolment;
mod events;
mod factors;
mod guesses;
mod http;
mod letters;
mod links;
mod passkeys;
mod passwords;
mod personal;
mod recovery;
mod resets;
mod service;
mod sign_in;
mod store;
mod totp;

pub use http::{Invitation, InvitationCreate};
pub use passwords::{Cost, Hashing};
pub use service::invite;

pub(crate) use events::event_kinds;
pub(crate) use personal::holders;

use kernel::app::App;
use kernel::id::{PersonId, SessionId, VendorId};
use kernel::timers::Timers;
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{Actor, Problem};
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// An authenticator of a person: an app that makes codes, or a passkey.
    AuthenticatorId, "atn");

/// Adding or removing what one signs in with needs a proof not older than so many seconds.
const RECENT: i64 = 300;

pub(crate) fn router() -> OpenApiRouter<App> {
    http::router()
}

/// Every column here that holds sealed values.
pub(crate) fn sealed() -> Vec<kernel::seal::Sealed> {
    vec![attempts::SEALED, store::SEALED]
}

pub(crate) fn timers(timers: Timers) -> Timers {
    timers.on(resets::TIMER, |tx, subject| Box::pin(resets::send(tx, subject)))
}

/// A person in a session of theirs.
#[derive(Debug, Clone, Copy)]
struct Me {
    vendor: VendorId,
    person: PersonId,
    session: SessionId,
}

impl Me {
    /// The person behind the caller; 403 for keys, and for tokens that no session holds.
    fn of(who: &Actor) -> Result<Self, Problem> {
        let session = who.authentication.as_ref().and_then(|proof| proof.session);
        match (&who.caller, session) {
            (kernel::actor::Caller::Person(person), Some(session)) => Ok(Self { vendor: who.scope.vendor(), person: *person, session }),
            _ => Err(Problem::new(crate::error::SESSION_NEEDED)),
        }
    }
}

/// Forgets attempts that ran out and guesses that nobody repeats.
pub(crate) fn sweeper() -> Worker {
    let run: Run = Arc::new(|app| {
        Box::pin(async move {
            let gone = app
                .write_across_vendors("forget_attempts", async |tx| Ok::<_, sea_orm::DbErr>(attempts::sweep(tx).await? + guesses::sweep(tx).await?))
                .await?;
            tracing::debug!(gone, "forgot old attempts to sign in");
            Ok(0)
        })
    });
    Worker { name: "forget_attempts", woken_by: WokenBy::Nothing, poll: Duration::from_secs(3_600), run }
}
