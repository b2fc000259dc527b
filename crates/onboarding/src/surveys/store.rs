//! The tables of surveys, invitations, answers and links, and the only queries on them.

use super::rules::Answered;
use super::types::{Survey, SurveyContent, SurveyInvitation, SurveyInvitationStatus, SurveyQuestionKind, SurveyStatus};
use super::{SurveyId, SurveyInvitationId};
use crate::vetting::json;
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId, VendorId};
use kernel::{Actor, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect, Statement};
use serde_json::{Map, Value};

/// The table of surveys.
pub mod survey {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "surveys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub version: i64,
        pub status: String,
        pub body: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of invitations.
pub mod invitation {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "survey_invitations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub survey_id: Uuid,
        pub survey: String,
        pub partner_id: Uuid,
        pub person_id: Uuid,
        pub about: String,
        pub answers: Option<String>,
        pub psat: Option<i64>,
        pub nps: Option<i64>,
        pub sent_at: DateTime<Utc>,
        pub expires_at: DateTime<Utc>,
        pub answered_at: Option<DateTime<Utc>>,
        pub revision: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub use invitation::Model as InvitationRow;
pub use survey::Model as SurveyRow;

impl SurveyRow {
    /// Its id.
    pub fn id(&self) -> SurveyId {
        SurveyId(self.id)
    }

    /// Whether it is asked.
    pub fn is_open(&self) -> bool {
        self.status == "open"
    }

    /// What it asks.
    pub fn content(&self) -> Result<SurveyContent, Problem> {
        json(&self.body)
    }

    /// As this caller sees it.
    pub fn seen_by(&self, who: &Actor) -> Result<Survey, Problem> {
        let manages = who.grants & Permission::ManageSurveys.bit() != 0;
        Ok(Survey {
            id: self.id(),
            version: self.version,
            status: if self.is_open() { SurveyStatus::Open } else { SurveyStatus::Closed },
            content: self.content()?,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: if manages && self.is_open() { vec!["send".to_owned(), "close".to_owned()] } else { Vec::new() },
        })
    }
}

impl InvitationRow {
    /// Its id.
    pub fn id(&self) -> SurveyInvitationId {
        SurveyInvitationId(self.id)
    }

    /// Where it stands at `now`.
    pub fn status(&self, now: DateTime<Utc>) -> SurveyInvitationStatus {
        match self.answered_at {
            Some(_) => SurveyInvitationStatus::Answered,
            None if self.expires_at <= now => SurveyInvitationStatus::Expired,
            None => SurveyInvitationStatus::Sent,
        }
    }

    /// On the wire, with its answers or without.
    pub fn shown(&self, now: DateTime<Utc>, grants: u64, with_answers: bool) -> Result<SurveyInvitation, Problem> {
        let status = self.status(now);
        let may = status == SurveyInvitationStatus::Sent && grants & Permission::ManageSurveys.bit() != 0;
        Ok(SurveyInvitation {
            id: self.id(),
            survey_id: SurveyId(self.survey_id),
            survey: self.survey.clone(),
            partner_id: PartnerId(self.partner_id),
            person_id: PersonId(self.person_id),
            about: Some(self.about.clone()).filter(|about| !about.is_empty()),
            status,
            psat: self.psat,
            nps: self.nps,
            answers: self.answers.as_deref().filter(|_| with_answers).map(json::<Map<String, Value>>).transpose()?,
            sent_at: self.sent_at,
            expires_at: self.expires_at,
            answered_at: self.answered_at,
            revision: self.revision,
            available_actions: may.then(|| "send_link".to_owned()).into_iter().collect(),
        })
    }
}

fn surveys(scope: Scope) -> sea_orm::Select<survey::Entity> {
    survey::Entity::find().filter(survey::Column::VendorId.eq(scope.vendor().0))
}

fn invitations(scope: Scope) -> sea_orm::Select<invitation::Entity> {
    let all = invitation::Entity::find().filter(invitation::Column::VendorId.eq(scope.vendor().0));
    all.filter(scope.limit(invitation::Column::PartnerId))
}

/// The survey of this id.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: SurveyId) -> Result<Option<SurveyRow>, DbErr> {
    surveys(scope).filter(survey::Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change.
pub async fn find_to_change(tx: &Tx, id: SurveyId) -> Result<Option<SurveyRow>, DbErr> {
    surveys(tx.scope()).filter(survey::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The latest survey of this name; with `open`, the latest that is asked.
pub async fn latest(tx: &Tx, name: &str, open: bool) -> Result<Option<SurveyRow>, DbErr> {
    let wanted = sea_orm::Condition::all().add_option(open.then(|| survey::Column::Status.eq("open")));
    let of_name = surveys(Scope::vendor_wide(tx.vendor())).filter(survey::Column::Name.eq(name)).filter(wanted);
    of_name.order_by_desc(survey::Column::Version).limit(1).one(tx).await
}

/// Up to `limit` surveys before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, before: Option<Uuid>, limit: u64) -> Result<Vec<SurveyRow>, DbErr> {
    let page = sea_orm::Condition::all().add_option(before.map(|before| survey::Column::Id.lt(before)));
    surveys(scope).filter(page).order_by_desc(survey::Column::Id).limit(limit).all(db).await
}

/// Keep a new survey; `false` if another of this version was made at the same moment.
pub async fn insert(tx: &Tx, row: &SurveyRow) -> Result<bool, DbErr> {
    let on = OnConflict::new().do_nothing().to_owned();
    Ok(survey::Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Keep a changed survey that [`find_to_change`] found, one revision on.
pub async fn update(tx: &Tx, row: &mut SurveyRow) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    let this = survey::Column::VendorId.eq(row.vendor_id).and(survey::Column::Id.eq(row.id));
    survey::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// The invitation of this id.
pub async fn invited(db: &impl ConnectionTrait, scope: Scope, id: SurveyInvitationId) -> Result<Option<InvitationRow>, DbErr> {
    invitations(scope).filter(invitation::Column::Id.eq(id.0)).one(db).await
}

/// Like [`invited`], for a change: of two that answer at once, one waits.
pub async fn invited_to_change(tx: &Tx, id: SurveyInvitationId) -> Result<Option<InvitationRow>, DbErr> {
    invitations(tx.scope()).filter(invitation::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Up to `limit` invitations of a survey before `before`, newest first.
pub async fn of_survey(db: &impl ConnectionTrait, scope: Scope, id: SurveyId, before: Option<Uuid>, limit: u64) -> Result<Vec<InvitationRow>, DbErr> {
    let page = sea_orm::Condition::all().add_option(before.map(|before| invitation::Column::Id.lt(before)));
    let of = invitations(scope).filter(invitation::Column::SurveyId.eq(id.0)).filter(page);
    of.order_by_desc(invitation::Column::Id).limit(limit).all(db).await
}

/// Up to `limit` invitations that were answered, after `after`; for those who look for somebody in them.
pub async fn answered(db: &impl ConnectionTrait, scope: Scope, after: Uuid, limit: u64) -> Result<Vec<InvitationRow>, DbErr> {
    let all = invitations(scope).filter(invitation::Column::AnsweredAt.is_not_null()).filter(invitation::Column::Id.gt(after));
    all.order_by_asc(invitation::Column::Id).limit(limit).all(db).await
}

/// Keep a new invitation; `false` if the person was asked before on this occasion.
pub async fn invite(tx: &Tx, row: &InvitationRow) -> Result<bool, DbErr> {
    let on = OnConflict::new().do_nothing().to_owned();
    Ok(invitation::Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 1)
}

/// Keep a changed invitation that was held, one revision on.
pub async fn keep(tx: &Tx, row: &mut InvitationRow) -> Result<(), DbErr> {
    row.revision += 1;
    let this = invitation::Column::VendorId.eq(row.vendor_id).and(invitation::Column::Id.eq(row.id));
    invitation::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

async fn run(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
}

/// Keep an answer as results sum it: with what the partner is now.
pub async fn count(
    tx: &Tx,
    row: &InvitationRow,
    (question, kind, answer): &(String, SurveyQuestionKind, Answered),
    partner: &partners::partner::Model,
) -> Result<(), DbErr> {
    let (number, choice) = match answer {
        Answered::Number(number) => (Some(*number), None),
        Answered::Choice(key) => (None, Some(key.clone())),
        Answered::Text(_) => (None, None),
    };
    let kind = crate::vetting::text(kind).trim_matches('"').to_owned();
    let partner_type = crate::vetting::text(&partner.kind).trim_matches('"').to_owned();
    let sql = "INSERT INTO survey_answers (vendor_id, invitation_id, question, survey_id, kind, number, choice, partner_type, tier, region, month) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = vec![
        row.vendor_id.into(),
        row.id.into(),
        question.clone().into(),
        row.survey_id.into(),
        kind.into(),
        number.into(),
        choice.into(),
        partner_type.into(),
        partner.tier.clone().into(),
        partner.region.clone().into(),
        tx.now().format("%Y-%m").to_string().into(),
    ];
    run(tx, sql, values).await
}

/// Invitations of a person.
pub async fn of_person(db: &impl ConnectionTrait, vendor: VendorId, person: PersonId) -> Result<Vec<InvitationRow>, DbErr> {
    let of = invitations(Scope::vendor_wide(vendor)).filter(invitation::Column::PersonId.eq(person.0));
    of.order_by_asc(invitation::Column::Id).all(db).await
}
