//! The tables of applications and their exact keys, and the only queries on them.

use super::rules::{ApplicationStatus, available};
use super::types::{Application, ApplicationCompany, ApplicationContact, ApplicationInternal};
use super::{ApplicationFormId, ApplicationFormVersionId, ApplicationId};
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::text::canonical_email;
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The table of applications.
pub mod application {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "applications")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub form_id: Uuid,
        pub version_id: Uuid,
        pub status: String,
        pub language: String,
        pub live_key: Option<String>,
        pub email_key: Option<String>,
        pub company_name: Option<String>,
        pub partner_type: Option<String>,
        pub region: Option<String>,
        pub country: Option<String>,
        pub company: String,
        pub contact: String,
        pub answers: String,
        pub prefilled: String,
        pub duplicates: String,
        pub decision: Option<String>,
        pub profile_score: Option<String>,
        pub question: Option<String>,
        pub reason: Option<String>,
        pub assignee_id: Option<Uuid>,
        pub partner_id: Option<Uuid>,
        pub person_id: Option<Uuid>,
        pub step: i64,
        pub month: String,
        pub confirmed_at: Option<DateTime<Utc>>,
        pub submitted_at: Option<DateTime<Utc>>,
        pub first_decided_at: Option<DateTime<Utc>>,
        pub approved_at: Option<DateTime<Utc>>,
        pub refused_at: Option<DateTime<Utc>>,
        pub first_login_at: Option<DateTime<Utc>>,
        pub signed_at: Option<DateTime<Utc>>,
        pub first_deal_at: Option<DateTime<Utc>>,
        pub seconds_to_confirm: Option<i64>,
        pub seconds_to_submit: Option<i64>,
        pub seconds_to_decide: Option<i64>,
        pub seconds_to_approve: Option<i64>,
        pub seconds_to_log_in: Option<i64>,
        pub seconds_to_sign: Option<i64>,
        pub seconds_to_deal: Option<i64>,
        pub link_asked_at: Option<DateTime<Utc>>,
        pub expires_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use application::Model as ApplicationRow;
use application::{Column, Entity};

/// Stored JSON.
pub fn json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|cause| Problem::internal(format!("a stored application does not read: {cause}")))
}

/// JSON to store.
pub fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("an application is plain data")
}

/// What an address is found by, without being one.
pub fn email_key(vendor: VendorId, email: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(vendor.0.as_bytes());
    hash.update(canonical_email(email));
    kernel::text::hex(&hash.finalize())
}

impl ApplicationRow {
    /// Its id.
    pub fn id(&self) -> ApplicationId {
        ApplicationId(self.id)
    }

    /// Where it stands.
    pub fn status(&self) -> Result<ApplicationStatus, Problem> {
        self.status.parse().map_err(|()| Problem::internal("a stored application has no such status"))
    }

    /// The company.
    pub fn company(&self) -> Result<ApplicationCompany, Problem> {
        json(&self.company)
    }

    /// Who applies.
    pub fn contact(&self) -> Result<ApplicationContact, Problem> {
        json(&self.contact)
    }

    /// The answers.
    pub fn answers(&self) -> Result<Map<String, Value>, Problem> {
        json(&self.answers)
    }

    /// What was filled in for the applicant, and from where.
    pub fn prefilled(&self) -> Result<BTreeMap<String, String>, Problem> {
        json(&self.prefilled)
    }

    /// Let it stand there; what is over frees its address for another.
    pub fn stand(&mut self, status: ApplicationStatus) {
        self.status = status.wire().to_owned();
        if !status.is_live() {
            self.live_key = None;
        }
        if !matches!(status, ApplicationStatus::Draft | ApplicationStatus::InformationRequested) {
            self.expires_at = None;
        }
    }

    /// The domain of the applicant's own address, once it is confirmed, if it is one company's.
    fn confirmed_domain(&self) -> Option<String> {
        self.confirmed_at?;
        super::prefill::companys_domain(&self.contact().ok()?.email)
    }

    /// Keep the company, and what lists are filtered by.
    pub fn set_company(&mut self, mut company: ApplicationCompany) {
        if company.domain.is_none() {
            company.domain = company.website.as_deref().and_then(matching::registrable_domain).or_else(|| self.confirmed_domain());
        }
        self.company_name = company.name.clone();
        self.partner_type = company.partner_type.map(|kind| text(&kind).trim_matches('"').to_owned());
        self.region = company.regions.first().cloned();
        self.country = company.country.clone();
        self.company = text(&company);
    }

    /// On the wire: whole, for whoever may do what `grants` says; with its answers or without.
    pub fn shown(&self, grants: u64, with_answers: bool) -> Result<Application, Problem> {
        let status = self.status()?;
        let internal = ApplicationInternal {
            assignee_id: self.assignee_id.map(PersonId),
            duplicates: json(&self.duplicates)?,
            decision: self.decision.as_deref().map(json).transpose()?,
            profile_score: self.profile_score.as_deref().map(json).transpose()?,
        };
        Ok(Application {
            id: self.id(),
            form_id: ApplicationFormId(self.form_id),
            form_version_id: ApplicationFormVersionId(self.version_id),
            status,
            language: self.language.clone(),
            company: self.company()?,
            contact: self.contact()?,
            answers: if with_answers { Some(self.answers()?) } else { None },
            prefilled: self.prefilled()?,
            question: self.question.clone(),
            reason: self.reason.clone(),
            partner_id: self.partner_id.map(PartnerId),
            person_id: self.person_id.map(PersonId),
            internal: Some(internal),
            started_at: self.created_at,
            confirmed_at: self.confirmed_at,
            submitted_at: self.submitted_at,
            first_decided_at: self.first_decided_at,
            approved_at: self.approved_at,
            first_login_at: self.first_login_at,
            signed_at: self.signed_at,
            first_deal_at: self.first_deal_at,
            expires_at: self.expires_at,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: available(status, grants),
        })
    }

    /// As an event tells it.
    pub fn told(&self) -> Result<Application, Problem> {
        self.shown(u64::MAX, false)
    }

    /// As this caller sees it.
    pub fn seen_by(&self, who: &Actor) -> Result<Application, Problem> {
        self.shown(who.grants, true)
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0))
}

/// The application of this id.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: ApplicationId) -> Result<Option<ApplicationRow>, DbErr> {
    scoped(scope).filter(Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change: nobody else changes it until this write ends.
pub async fn find_to_change(tx: &Tx, id: ApplicationId) -> Result<Option<ApplicationRow>, DbErr> {
    scoped(tx.scope()).filter(Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Those of these ids.
pub async fn by_ids(db: &impl ConnectionTrait, scope: Scope, ids: &[Uuid]) -> Result<Vec<ApplicationRow>, DbErr> {
    if ids.is_empty() { Ok(Vec::new()) } else { scoped(scope).filter(Column::Id.is_in(ids.iter().copied())).all(db).await }
}

/// The live application of this address to this form.
pub async fn live(tx: &Tx, live_key: &str) -> Result<Option<ApplicationRow>, DbErr> {
    scoped(tx.scope()).filter(Column::LiveKey.eq(live_key)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The latest applications of this address, newest first.
pub async fn of_address(db: &impl ConnectionTrait, scope: Scope, email_key: &str) -> Result<Vec<ApplicationRow>, DbErr> {
    scoped(scope).filter(Column::EmailKey.eq(email_key)).order_by_desc(Column::Id).limit(20).all(db).await
}

/// The application from which a person came.
pub async fn of_person(db: &impl ConnectionTrait, scope: Scope, person: PersonId) -> Result<Option<ApplicationRow>, DbErr> {
    scoped(scope).filter(Column::PersonId.eq(person.0)).one(db).await
}

/// The application that made a partner.
pub async fn of_partner(db: &impl ConnectionTrait, scope: Scope, partner: PartnerId) -> Result<Option<ApplicationRow>, DbErr> {
    scoped(scope).filter(Column::PartnerId.eq(partner.0)).order_by_asc(Column::Id).one(db).await
}

/// Keep a new one; `false` if the address has a live one by this form.
pub async fn insert(tx: &Tx, row: &ApplicationRow) -> Result<bool, DbErr> {
    let on = OnConflict::new().do_nothing().to_owned();
    Ok(Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Keep a changed one, one revision on.
pub async fn update(tx: &Tx, row: &mut ApplicationRow) -> Result<(), Problem> {
    let before = row.revision;
    (row.revision, row.updated_at) = (before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected == 1 {
        return Ok(());
    }
    Err(Problem::new(kernel::problem::kinds::STALE))
}

/// What is asked of the list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<ApplicationStatus>,
    /// Only by this form.
    pub form: Option<ApplicationFormId>,
    /// Only to be this type of partner.
    pub partner_type: Option<String>,
    /// Only from this region.
    pub region: Option<String>,
    /// Only from this country.
    pub country: Option<String>,
    /// Only this reviewer's.
    pub assignee: Option<PersonId>,
    /// Only changed at this time or later.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Up to `limit` applications before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, filter: Filter, before: Option<Uuid>, limit: u64) -> Result<Vec<ApplicationRow>, DbErr> {
    let wanted = sea_orm::Condition::all()
        .add_option(filter.status.map(|status| Column::Status.eq(status.wire())))
        .add_option(filter.form.map(|form| Column::FormId.eq(form.0)))
        .add_option(filter.partner_type.map(|kind| Column::PartnerType.eq(kind)))
        .add_option(filter.region.map(|region| Column::Region.eq(region)))
        .add_option(filter.country.map(|country| Column::Country.eq(country)))
        .add_option(filter.assignee.map(|person| Column::AssigneeId.eq(person.0)))
        .add_option(filter.updated_since.map(|since| Column::UpdatedAt.gte(since)))
        .add_option(before.map(|before| Column::Id.lt(before)));
    scoped(scope).filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Ids and companies' names of up to `limit` open applications after `after`, for an index of names.
pub async fn names(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<(Uuid, Option<String>)>, DbErr> {
    let open = ApplicationStatus::ALL.iter().filter(|status| status.is_open()).map(|status| status.wire());
    let find = scoped(scope).filter(Column::Status.is_in(open)).filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit);
    find.select_only().columns([Column::Id, Column::CompanyName]).into_tuple().all(db).await
}

/// Up to `limit` applications after `after`: for those who look for somebody in them.
pub async fn every(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<ApplicationRow>, DbErr> {
    scoped(scope).filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(limit).all(db).await
}

fn run(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Statement {
    Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
}

/// `$from, $from+1, …`
fn placeholders(from: usize, count: usize) -> String {
    (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

/// Keep the exact keys of an application's company in place of those before.
pub async fn set_keys(tx: &Tx, id: ApplicationId, keys: &[String]) -> Result<(), DbErr> {
    let sql = "DELETE FROM application_keys WHERE vendor_id = $1 AND application_id = $2";
    tx.execute_raw(run(tx, sql, vec![tx.vendor().0.into(), id.0.into()])).await?;
    for key in keys {
        let sql = "INSERT INTO application_keys (vendor_id, key, application_id) VALUES ($1, $2, $3)";
        tx.execute_raw(run(tx, sql, vec![tx.vendor().0.into(), key.as_str().into(), id.0.into()])).await?;
    }
    Ok(())
}

/// Applications that share any of these exact keys.
pub async fn by_keys(tx: &Tx, keys: &[String]) -> Result<Vec<ApplicationRow>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let among = placeholders(2, keys.len());
    let sql = format!("SELECT DISTINCT application_id FROM application_keys WHERE vendor_id = $1 AND key IN ({among}) LIMIT 100");
    let values = std::iter::once(tx.vendor().0.into()).chain(keys.iter().map(|key| key.as_str().into())).collect();
    let rows = tx.query_all_raw(run(tx, &sql, values)).await?;
    let ids = rows.iter().map(|row| row.try_get("", "application_id")).collect::<Result<Vec<Uuid>, _>>()?;
    by_ids(tx, tx.scope(), &ids).await
}

/// Partners that hold any of these exact keys.
pub async fn partners_by_keys(tx: &Tx, keys: &[String]) -> Result<Vec<PartnerId>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT DISTINCT partner_id FROM partner_keys WHERE vendor_id = $1 AND key IN ({})", placeholders(2, keys.len()));
    let values = std::iter::once(tx.vendor().0.into()).chain(keys.iter().map(|key| key.as_str().into())).collect();
    let rows = tx.query_all_raw(run(tx, &sql, values)).await?;
    rows.iter().map(|row| row.try_get("", "partner_id").map(PartnerId)).collect()
}

/// Take these keys for a partner: how many it got. Whoever was first keeps them.
pub async fn take_keys(tx: &Tx, partner: PartnerId, keys: &[String]) -> Result<usize, DbErr> {
    let mut taken = 0;
    for key in keys {
        let sql = "INSERT INTO partner_keys (vendor_id, key, partner_id) VALUES ($1, $2, $3) ON CONFLICT (vendor_id, key) DO NOTHING";
        taken += tx.execute_raw(run(tx, sql, vec![tx.vendor().0.into(), key.as_str().into(), partner.0.into()])).await?.rows_affected() as usize;
    }
    Ok(taken)
}
