//! A second factor, checked outside the write and made use of inside it: each code and each challenge counts once, on whichever instance.

use super::events::RecoveryCodeUsedEvent;
use super::guesses::{self, Guess};
use super::passkeys::{self, Ceremony, Json};
use super::store::{self, authenticator};
use super::{recovery, totp};
use crate::error;
use kernel::id::{PersonId, VendorId};
use kernel::{App, Problem, Tx};

/// What a person sent.
pub enum Factor {
    /// A code of the moment.
    Totp(String),
    /// A recovery code.
    RecoveryCode(String),
    /// A passkey's answer to this challenge.
    Passkey(Json, Option<Ceremony>),
}

/// A factor that fits; [`Checked::settle`] makes use of it.
pub struct Checked {
    /// Whose it is.
    pub person: PersonId,
    effect: Effect,
}

enum Effect {
    Totp(Box<authenticator::Model>, i64),
    RecoveryCode(String),
    Passkey(Box<authenticator::Model>, Vec<u8>),
}

/// One answer to everything that does not fit.
pub fn refused() -> Problem {
    Problem::new(error::SIGN_IN_REFUSED)
}

/// Check what was sent; `person` is known unless a passkey is to say who it is.
pub async fn check(app: &App, vendor: VendorId, person: Option<PersonId>, factor: Factor) -> Result<Checked, Problem> {
    match (factor, person) {
        (Factor::Totp(code), Some(person)) => check_totp(app, vendor, person, &code).await,
        (Factor::RecoveryCode(code), Some(person)) => {
            guesses::count(app, vendor, &Guess::RecoveryCode(person)).await?;
            Ok(Checked { person, effect: Effect::RecoveryCode(code) })
        }
        (Factor::Passkey(answer, Some(ceremony)), person) => check_passkey(app, vendor, person, answer, ceremony).await,
        _ => Err(refused()),
    }
}

async fn check_totp(app: &App, vendor: VendorId, person: PersonId, code: &str) -> Result<Checked, Problem> {
    let failures = guesses::count(app, vendor, &Guess::Totp(person)).await?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let rows = store::confirmed(&app.db().read_of(vendor).await?, vendor, person).await?;
    for row in rows.into_iter().filter(|row| row.kind == store::TOTP) {
        let secret = app.sealer().open(&authenticator::Model::purpose(row.id), &row.secret).map_err(Problem::internal)?;
        if let Some(step) = totp::step_of(&secret, &code, app.clock().now()) {
            return Ok(Checked { person, effect: Effect::Totp(Box::new(row), step) });
        }
    }
    guesses::failed(app, vendor, person, failures).await?;
    Err(refused())
}

async fn check_passkey(app: &App, vendor: VendorId, person: Option<PersonId>, answer: Json, ceremony: Ceremony) -> Result<Checked, Problem> {
    let hash = passkeys::answered_by(&answer)?;
    let row = store::find_by_credential(&app.db().read_of(vendor).await?, vendor, &hash).await?;
    let row = row.filter(|row| row.confirmed_at.is_some() && person.is_none_or(|person| person.0 == row.person_id)).ok_or_else(refused)?;
    let secret = passkeys::proven(app, ceremony, &row, answer).map_err(|problem| if problem.kind.status == 422 { problem } else { refused() })?;
    Ok(Checked { person: PersonId(row.person_id), effect: Effect::Passkey(Box::new(row), secret) })
}

impl Checked {
    /// How RFC 8176 names it; either makes more than one factor, a passkey by itself.
    pub fn methods(&self) -> Vec<String> {
        let named: &[&str] = match self.effect {
            Effect::Totp(..) | Effect::RecoveryCode(_) => &["otp", crate::policy::MFA],
            Effect::Passkey(..) => &["pop", "user", crate::policy::MFA],
        };
        named.iter().map(ToString::to_string).collect()
    }

    /// Make use of it, in the write that follows from it; refused if somebody else has meanwhile.
    pub async fn settle(self, tx: &mut Tx) -> Result<(), Problem> {
        let (person, vendor) = (self.person, tx.vendor());
        let good = match self.effect {
            Effect::Totp(row, step) => store::take_step(tx, &row, step).await?,
            Effect::Passkey(row, secret) => store::was_used(tx, &row, secret).await?,
            Effect::RecoveryCode(code) => {
                let good = recovery::spend(tx, person, &code).await?;
                let left = recovery::left(tx, vendor, person).await?;
                tx.emit(RecoveryCodeUsedEvent { person_id: person, left });
                guesses::forgive(tx, &Guess::RecoveryCode(person)).await?;
                good
            }
        };
        // Whoever comes in another way opens a way that wrong guesses had closed.
        guesses::forgive(tx, &Guess::Totp(person)).await?;
        if good { Ok(()) } else { Err(refused()) }
    }
}
