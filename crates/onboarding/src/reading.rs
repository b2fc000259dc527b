//! In which languages somebody is shown what the vendor wrote here.

use crate::ports::OwnLanguage;
use access::people;
use kernel::actor::Caller;
use kernel::db::Reading;
use kernel::locale::Languages;
use kernel::{Actor, App, Problem, Tx};
use partners::languages;

/// Those of a caller, who asks for one of them perhaps: it, their own, their partner's, the vendor's.
pub async fn of_caller(app: &App, db: &Reading, who: &Actor, asked: Option<String>) -> Result<Languages, Problem> {
    let vendor = who.scope.vendor();
    let Caller::Person(id) = who.caller else { return languages::of_partner(db, vendor, who.scope.partner(), asked).await };
    let Some(person) = people::find(db, vendor, id).await? else { return languages::of_partner(db, vendor, None, asked).await };
    let own = match app.find_service::<OwnLanguage>() {
        Some(port) => port.0.outside(db, vendor, id).await?,
        None => None,
    };
    let theirs = languages::of_person(db, &person, own).await?;
    Ok(theirs.after(asked))
}

/// Those of a person who is written to.
pub async fn of_person(tx: &Tx, person: &people::person::Model) -> Result<Languages, Problem> {
    let own = match tx.app().find_service::<OwnLanguage>() {
        Some(port) => port.0.within(tx, person.id()).await?,
        None => None,
    };
    languages::of_person(tx, person, own).await
}
