//! Who is screened: partners, their owners and their people, as the log tells of them.

use super::checks::service::{self, Ground};
use super::checks::types::VettingSubjectKind;
use super::requests::service::{About, Asking, partner_facts};
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::log::Envelope;
use kernel::readers::{React, Reader};
use kernel::text::hex;
use kernel::{App, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The table of subjects.
pub mod subject {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "vetting_subjects")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub partner_id: Uuid,
        pub name: String,
        pub country: Option<String>,
        pub birth: Option<String>,
        pub share: Option<i64>,
        pub mail_domain: Option<String>,
        pub facts: String,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use subject::Model as SubjectRow;

/// Stands before the facts of an owner that is a company.
const COMPANY: &str = "company:";

impl SubjectRow {
    /// Whether an owner is a company.
    pub fn is_company(&self) -> bool {
        self.facts.starts_with(COMPANY)
    }
}

/// A fingerprint of what is known of a subject: what people decided holds while it stays.
pub fn facts(name: &str, country: Option<&str>, birth: Option<&str>, is_company: bool) -> String {
    let mut hash = Sha256::new();
    for part in [kernel::text::fold(name).as_str(), country.unwrap_or_default(), birth.unwrap_or_default()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("{}{}", if is_company { COMPANY } else { "" }, hex(&hash.finalize()[..16]))
}

/// The domain of a mail address.
pub fn mail_domain(email: &str) -> Option<String> {
    email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase()).filter(|domain| !domain.is_empty())
}

fn scoped(scope: Scope) -> sea_orm::Select<subject::Entity> {
    subject::Entity::find().filter(subject::Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(subject::Column::PartnerId))
}

/// The partner itself, its owners and its people; held for this write.
pub async fn of_partner(tx: &Tx, partner: PartnerId) -> Result<Vec<SubjectRow>, DbErr> {
    let of = scoped(Scope::vendor_wide(tx.vendor())).filter(subject::Column::PartnerId.eq(partner.0));
    of.order_by_asc(subject::Column::Id).limit(2_000).lock(LockType::NoKeyUpdate).all(tx).await
}

/// The owners of a partner, the largest first.
pub async fn owners(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId) -> Result<Vec<SubjectRow>, DbErr> {
    let of = scoped(scope).filter(subject::Column::PartnerId.eq(partner.0)).filter(subject::Column::Kind.eq(VettingSubjectKind::Owner.wire()));
    of.order_by_desc(subject::Column::Share).order_by_asc(subject::Column::Id).limit(200).all(db).await
}

/// Subjects by id: up to `limit` after `after`; held for this write.
pub async fn after(tx: &Tx, after: Uuid, limit: u64) -> Result<Vec<SubjectRow>, DbErr> {
    let of = scoped(Scope::vendor_wide(tx.vendor())).filter(subject::Column::Id.gt(after));
    of.order_by_asc(subject::Column::Id).limit(limit).lock(LockType::NoKeyUpdate).all(tx).await
}

/// Subjects by id, only read.
pub async fn read_after(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<SubjectRow>, DbErr> {
    scoped(scope).filter(subject::Column::Id.gt(after)).order_by_asc(subject::Column::Id).limit(limit).all(db).await
}

/// How many subjects the vendor has.
pub async fn count(tx: &Tx) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) AS subjects FROM vetting_subjects WHERE vendor_id = $1";
    let row = tx.query_one_raw(sea_orm::Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "subjects"))
}

/// Whoever is checked, as they are known now: `None` if they are gone.
pub async fn known(tx: &Tx, kind: VettingSubjectKind, id: Uuid, partner: PartnerId) -> Result<Option<SubjectRow>, Problem> {
    Ok(match kind {
        VettingSubjectKind::Partner => {
            let found = partners::find(tx, Scope::vendor_wide(tx.vendor()), partner).await?;
            found.map(|found| of_company(tx, partner, &found.name, found.country.as_deref()))
        }
        VettingSubjectKind::Owner => read(tx, id).await?,
        VettingSubjectKind::Person => {
            let found = access::people::find(tx, tx.vendor(), PersonId(id)).await?.filter(|person| person.standing().is_some());
            found.map(|person| of_person(tx, PersonId(id), partner, &person.name, &person.email))
        }
    })
}

async fn read(tx: &Tx, id: Uuid) -> Result<Option<SubjectRow>, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor())).filter(subject::Column::Id.eq(id)).one(tx).await
}

async fn find(tx: &Tx, id: Uuid) -> Result<Option<SubjectRow>, DbErr> {
    scoped(Scope::vendor_wide(tx.vendor())).filter(subject::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Keep what is known of a subject; whether it says something new.
pub async fn keep(tx: &Tx, row: SubjectRow) -> Result<bool, DbErr> {
    use subject::Column::{Birth, Country, Facts, Id, MailDomain, Name, Share, UpdatedAt, VendorId};
    let before = find(tx, row.id).await?;
    let mut on = sea_orm::sea_query::OnConflict::columns([VendorId, Id]);
    let on = on.update_columns([Name, Country, Birth, Share, MailDomain, Facts, UpdatedAt]).to_owned();
    let same = before.as_ref().is_some_and(|before| SubjectRow { created_at: row.created_at, updated_at: row.updated_at, ..before.clone() } == row);
    if !same {
        subject::Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await?;
    }
    Ok(before.is_none_or(|before| before.facts != row.facts))
}

/// Forget a subject. Its checks stay in the register; none of them is the latest of anybody any more.
pub async fn drop(tx: &mut Tx, id: Uuid) -> Result<(), Problem> {
    let sql = "DELETE FROM vetting_subjects WHERE vendor_id = $1 AND id = $2";
    tx.execute_raw(sea_orm::Statement::from_sql_and_values(tx.get_database_backend(), sql, [tx.vendor().0.into(), id.into()])).await?;
    let sql =
        "UPDATE vetting_checks SET latest = 0, revision = revision + 1, updated_at = $3 WHERE vendor_id = $1 AND subject_id = $2 AND latest = 1";
    let values = [tx.vendor().0.into(), id.into(), tx.now().into()];
    tx.execute_raw(sea_orm::Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Keep what is known of a partner; whether it says something new.
pub async fn keep_partner(tx: &Tx, id: PartnerId, name: &str, country: Option<&str>) -> Result<bool, DbErr> {
    keep(tx, of_company(tx, id, name, country)).await
}

fn of_company(tx: &Tx, id: PartnerId, name: &str, country: Option<&str>) -> SubjectRow {
    SubjectRow {
        vendor_id: tx.vendor().0,
        id: id.0,
        kind: VettingSubjectKind::Partner.wire().to_owned(),
        partner_id: id.0,
        name: name.to_owned(),
        country: country.map(str::to_owned),
        birth: None,
        share: None,
        mail_domain: None,
        facts: facts(name, country, None, false),
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

fn of_person(tx: &Tx, id: PersonId, partner: PartnerId, name: &str, email: &str) -> SubjectRow {
    SubjectRow {
        vendor_id: tx.vendor().0,
        id: id.0,
        kind: VettingSubjectKind::Person.wire().to_owned(),
        partner_id: partner.0,
        facts: facts(name, None, None, false),
        name: name.to_owned(),
        country: None,
        birth: None,
        share: None,
        mail_domain: mail_domain(email),
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// Follows partners and people, and screens those of whom something new is known.
pub(super) fn reader() -> Reader {
    Reader {
        name: "vetting.subjects",
        types: &[
            "partner.created",
            "partner.updated",
            "person.created",
            "person.updated",
            "person.deactivated",
            "person.reactivated",
            "person.erased",
        ],
        relevant: Some(|app, event| Box::pin(prepare(app, event))),
        react: React::Each(|tx, event| Box::pin(follow(tx, event))),
    }
}

#[derive(Deserialize)]
struct Told {
    partner: Option<ToldPartner>,
    person: Option<ToldPerson>,
}

#[derive(Deserialize)]
struct ToldPartner {
    id: PartnerId,
    name: String,
    country: Option<String>,
}

#[derive(Deserialize)]
struct ToldPerson {
    id: PersonId,
    partner_id: Option<PartnerId>,
    name: String,
    email: String,
    status: String,
}

fn told(event: &Envelope) -> Option<Told> {
    let told: Told = serde_json::from_str(event.data.get()).ok()?;
    let concerns = told.partner.is_some() || told.person.as_ref().is_some_and(|person| person.partner_id.is_some());
    concerns.then_some(told)
}

/// Whether an event is about a subject; if so, the lists are made ready now, and not in the write.
async fn prepare(app: &App, event: &Envelope) -> Result<bool, Problem> {
    if told(event).is_none() {
        return Ok(false);
    }
    let db = app.db().read_of(event.vendor_id).await?;
    super::lists::cache::all(app, &db, event.vendor_id).await?;
    Ok(true)
}

async fn follow(tx: &mut Tx, event: &Envelope) -> Result<(), Problem> {
    let Some(told) = told(event) else { return Ok(()) };
    let new = match (told.partner, told.person) {
        (Some(partner), _) => keep_partner(tx, partner.id, &partner.name, partner.country.as_deref()).await?.then_some(partner.id.0),
        (None, Some(person)) => follow_person(tx, person).await?,
        (None, None) => None,
    };
    let Some(id) = new else { return Ok(()) };
    let (ground, asking) = (Ground::of(tx).await?, Asking::of(tx).await?);
    if ground.lists.is_empty() && asking.is_empty() {
        return Ok(());
    }
    if let Some(subject) = find(tx, id).await? {
        service::screen_subject(tx, &ground, &subject).await?;
        let partner = PartnerId(subject.partner_id);
        if let Some(found) = partners::find(tx, tx.scope(), partner).await?.filter(|_| !asking.is_empty()) {
            asking.subject(tx, &About::of(&subject, &partner_facts(&found)), false).await?;
        }
        service::settle(tx, partner).await?;
    }
    Ok(())
}

/// The person, if there is something new to screen.
async fn follow_person(tx: &mut Tx, person: ToldPerson) -> Result<Option<Uuid>, Problem> {
    let Some(partner) = person.partner_id else { return Ok(None) };
    if person.status != "active" || kernel::personal::is_marker(&person.name) {
        drop(tx, person.id.0).await?;
        service::settle(tx, partner).await?;
        return Ok(None);
    }
    let row = of_person(tx, person.id, partner, &person.name, &person.email);
    Ok(keep(tx, row).await?.then_some(person.id.0))
}

/// Replace names by markers; for erasures.
pub async fn erase(tx: &Tx, row: SubjectRow) -> Result<(), DbErr> {
    let this = subject::Column::VendorId.eq(row.vendor_id).and(subject::Column::Id.eq(row.id));
    let row = SubjectRow { name: kernel::personal::ERASED.to_owned(), birth: None, mail_domain: None, updated_at: tx.now(), ..row };
    subject::Entity::update_many().set(row.into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}
