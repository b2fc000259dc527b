//! What is kept here about how a person signs in, and how it goes.

use super::guesses::{self, Guess};
use super::http::Authenticator;
use super::{links, recovery, store};
use kernel::personal::{Holder, Known};
use kernel::{App, PageQuery, Problem, Tx};

/// Passwords, authenticators, recovery codes and links: what an erased person leaves behind of these is nothing.
pub fn holders() -> Vec<Holder> {
    vec![Holder { name: "authenticators", export: |app, known| Box::pin(export(app, known)), erase: |tx, known| Box::pin(erase(tx, known)) }]
}

async fn export(app: &App, known: &Known) -> Result<Vec<serde_json::Value>, Problem> {
    let Some(id) = known.person else { return Ok(Vec::new()) };
    let page = PageQuery { limit: Some(200), cursor: None };
    let rows = store::list(&app.db().read_of(known.vendor).await?, known.vendor, id, page).await?;
    rows.data.into_iter().map(|row| serde_json::to_value(Authenticator::from(row)).map_err(Problem::internal)).collect()
}

async fn erase(tx: &mut Tx, known: &Known) -> Result<(), Problem> {
    if let Some(email) = &known.email {
        guesses::forgive(tx, &Guess::Password(email.clone())).await?;
    }
    let Some(id) = known.person else { return Ok(()) };
    store::forget_all(tx, id).await?;
    recovery::forget(tx, id).await?;
    links::forget(tx, id).await?;
    guesses::forgive(tx, &Guess::Totp(id)).await?;
    guesses::forgive(tx, &Guess::RecoveryCode(id)).await?;
    Ok(())
}
