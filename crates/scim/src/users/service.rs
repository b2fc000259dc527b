//! Use cases: a directory adds, changes and deletes a person; one transaction each.

use super::resource::Facts;
use super::store::{self, User};
use crate::error::{UNIQUENESS, invalid_value};
use crate::groups::{self, roles};
use crate::patch::{self, Operation};
use crate::request::check_match;
use crate::schema::USERS;
use crate::value;
use access::people::{self, Change, PersonCreate, PersonStatus};
use kernel::actor::Caller;
use kernel::id::PersonId;
use kernel::{Problem, Tx};
use serde_json::{Map, Value};

/// Names what a directory changed beyond name, address, role and status, in the event of the person.
const BESIDES: &str = "directory";

/// Add a person, or bring back the one that a directory deleted.
pub async fn create(tx: &mut Tx, sent: &Map<String, Value>) -> Result<User, Problem> {
    let mut attributes = value::resource(&USERS, sent)?;
    let active = attributes.remove("active").and_then(|active| active.as_bool()).unwrap_or(true);
    let facts = Facts::of(&attributes)?;
    if let Some(former) = former(tx, &facts).await? {
        let role = roles::without_groups(tx, &attributes).await?;
        return save(tx, former, attributes, Some(active), Some(role)).await;
    }
    let role = roles::without_groups(tx, &attributes).await?;
    let new = PersonCreate { partner_id: tx.scope().partner(), email: facts.email.clone(), name: facts.name.clone(), role };
    let made = people::create(tx, new).await?;
    if !active {
        let person = find(tx, made.id).await?.person;
        people::change(tx, person, Change { status: Some(PersonStatus::Deactivated), ..Change::default() }).await?;
    }
    store::keep(tx, made.id, &facts, &attributes, false).await?;
    find(tx, made.id).await
}

/// The person of this name or address that a directory deleted; 409 if whoever has it is there still, or elsewhere.
async fn former(tx: &Tx, facts: &Facts) -> Result<Option<User>, Problem> {
    let holder = match store::holder_of(tx, &facts.user_name).await? {
        Some(holder) => Some(holder),
        None => people::find_by_email(tx, tx.vendor(), &facts.email).await?.map(|person| person.id()),
    };
    let Some(holder) = holder else { return Ok(None) };
    let gone = |user: &User| user.removed_at.is_some() && user.person.status == PersonStatus::Deactivated;
    match store::find_even_removed(tx, holder).await?.filter(gone) {
        Some(user) => Ok(Some(user)),
        None => Err(Problem::new(UNIQUENESS)),
    }
}

async fn find(tx: &Tx, id: PersonId) -> Result<User, Problem> {
    store::find_even_removed(tx, id).await?.ok_or_else(Problem::not_found)
}

/// A person that is there for this caller, at the version that it expects.
async fn find_to_change(tx: &Tx, id: PersonId) -> Result<User, Problem> {
    let user = find(tx, id).await?;
    if user.removed_at.is_some() && user.person.status == PersonStatus::Deactivated {
        return Err(Problem::not_found());
    }
    check_match(tx.actor(), user.person.revision)?;
    Ok(user)
}

/// Put what is sent in the place of what is kept. Without `active` it stays: a leaver does not come back by omission.
pub async fn replace(tx: &mut Tx, id: PersonId, sent: &Map<String, Value>) -> Result<User, Problem> {
    let user = find_to_change(tx, id).await?;
    let mut attributes = value::resource(&USERS, sent)?;
    let active = attributes.remove("active").and_then(|active| active.as_bool());
    save(tx, user, attributes, active, None).await
}

/// Carry out the operations of a PATCH, all or none.
pub async fn patch(tx: &mut Tx, id: PersonId, operations: &[Operation]) -> Result<User, Problem> {
    let user = find_to_change(tx, id).await?;
    let mut attributes = user.attributes();
    attributes.insert("active".to_owned(), Value::Bool(user.person.status == PersonStatus::Active));
    patch::apply(&USERS, &mut attributes, operations)?;
    let active = attributes.remove("active").and_then(|active| active.as_bool());
    save(tx, user, attributes, active, None).await
}

/// Deactivate a person, who is gone over SCIM from then on.
pub async fn delete(tx: &mut Tx, id: PersonId) -> Result<(), Problem> {
    let user = find_to_change(tx, id).await?;
    let attributes = user.attributes();
    let facts = Facts::of(&attributes)?;
    check_leaving(tx, &user, Some(false)).await?;
    groups::leave_all(tx, id).await?;
    let gone = Change { status: Some(PersonStatus::Deactivated), besides: vec![BESIDES.to_owned()], ..Change::default() };
    people::change(tx, user.person, gone).await?;
    store::keep(tx, id, &facts, &attributes, true).await
}

/// A directory's key shuts out whoever leaves, whatever they were; a person who calls must be above them.
async fn check_leaving(tx: &Tx, user: &User, active: Option<bool>) -> Result<(), Problem> {
    let leaves = active == Some(false) && user.person.status == PersonStatus::Active;
    if leaves && matches!(tx.actor().caller, Caller::Person(_)) { people::check_standing(tx, &user.person).await } else { Ok(()) }
}

async fn save(
    tx: &mut Tx,
    user: User,
    attributes: Map<String, Value>,
    active: Option<bool>,
    role: Option<access::RoleName>,
) -> Result<User, Problem> {
    let (id, old) = (user.person.id(), user.attributes());
    let (was, is) = (Facts::of(&old).ok(), Facts::of(&attributes)?);
    let same_name = was.as_ref().is_some_and(|was| was.user_name == is.user_name);
    if !same_name && store::holder_of(tx, &is.user_name).await?.is_some_and(|holder| holder != id) {
        return Err(Problem::new(UNIQUENESS));
    }
    check_leaving(tx, &user, active).await?;
    let returns = active == Some(true) && user.person.status == PersonStatus::Deactivated;
    // Whoever may make another sign in as somebody, or let them in again, must be above them; a leaver leaves whatever they were.
    if returns || !same_name || was.as_ref().is_none_or(|was| was.email != is.email) {
        people::check_standing(tx, &user.person).await?;
    }
    let role = match role {
        None if old.get("roles") != attributes.get("roles") => roles::of_person(tx, id, &attributes).await?,
        given => given,
    };
    let new = attributes != old || user.removed_at.is_some();
    let change = Change {
        name: was.as_ref().is_none_or(|was| was.name != is.name).then(|| is.name.clone()),
        email: was.as_ref().is_none_or(|was| was.email != is.email).then(|| is.email.clone()),
        role,
        status: active.map(|active| if active { PersonStatus::Active } else { PersonStatus::Deactivated }),
        besides: if new { vec![BESIDES.to_owned()] } else { Vec::new() },
    };
    people::change(tx, user.person, change).await?;
    if new {
        store::keep(tx, id, &is, &attributes, false).await?;
    }
    find(tx, id).await
}

/// The id in a path; an id of another kind is that of nobody.
pub fn id(text: &str) -> Result<PersonId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// 400 unless the body says that it is what the operation takes.
pub fn check_schemas(sent: &Map<String, Value>, wanted: &str) -> Result<(), Problem> {
    let schemas = sent.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas")).map(|(_, schemas)| schemas);
    match schemas.and_then(Value::as_array) {
        Some(listed) if !listed.iter().filter_map(Value::as_str).any(|uri| uri.eq_ignore_ascii_case(wanted)) => {
            Err(invalid_value(format!("schemas names {wanted}.")))
        }
        // Some directories leave it out; there is nothing else that it could be.
        _ => Ok(()),
    }
}
