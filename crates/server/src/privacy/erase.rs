//! Erasing, in one write, and what follows it.

use super::store::{self, Erasure};
use crate::assemble::holders;
use access::people;
use kernel::personal::{self, Known, ShreddedAnswers, shred_answers};
use kernel::{Actor, App, Problem, Tx};

/// What is looked up before the write, so that the write is short.
pub(super) struct Prepared {
    known: Known,
    answers: ShreddedAnswers,
}

/// Look up what an erasure will touch.
pub(super) async fn prepare(app: &App, known: Known) -> Result<Prepared, Problem> {
    // Whose data an event holds is known as far as the tree has grown.
    kernel::log::grow(app, known.vendor).await?;
    let answers = ShreddedAnswers::find(app, &known).await?;
    Ok(Prepared { known, answers })
}

/// Put markers in the place of everything that is held about somebody, and destroy the keys of what the log holds.
pub(super) async fn carry_out(tx: &mut Tx, Prepared { known, answers }: Prepared) -> Result<Erasure, Problem> {
    if let Some(person) = known.person {
        people::erase(tx, person).await?;
    }
    for holder in holders() {
        (holder.erase)(tx, &known).await?;
    }
    shred_answers(tx, &known, answers).await?;
    personal::destroy(tx, &known.subjects()).await?;
    Ok(store::insert(tx, known.person).await?)
}

/// Remove what deleted data leaves behind in the database's files, and end the erasures that waited for it.
pub(super) async fn finish(app: &App) -> Result<usize, Problem> {
    let db = app.db().read_across_vendors().await?;
    let running = store::running(&db).await?;
    drop(db);
    if running.is_empty() {
        return Ok(0);
    }
    app.db().scrub().await?;
    for (vendor, id) in &running {
        let actor = Actor::system("finish_erasures", *vendor);
        app.write(&actor, async |tx| store::finish(tx, *id).await).await?;
    }
    Ok(running.len())
}
