//! Actions of reviews on the wire.

use super::store::ActionRow;
use crate::reviews::types::writes;
use crate::reviews::{PartnerReviewActionId, PartnerReviewId};
use access::{Field, Permission};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Actor;
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::body::{not_null, present};
use kernel::id::{PartnerId, PersonId};
use kernel::text::not_blank;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// Whose it is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerReviewSide {
    /// The vendor's people.
    Vendor,
    /// The partner's.
    Partner,
}

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum PartnerReviewActionStatus {
    /// To be done.
    Open,
    /// It was done.
    Done,
    /// It is not to be done any more.
    Dropped,
}

/// What can be done with an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerReviewActionMove {
    /// Say that it was done.
    Complete,
    /// Say that it is not to be done any more.
    Drop,
    /// Say that it is to be done after all.
    Reopen,
    /// Change it.
    Update,
}

impl PartnerReviewActionMove {
    /// What an action of this status allows.
    pub fn legal(status: PartnerReviewActionStatus) -> &'static [Self] {
        match status {
            PartnerReviewActionStatus::Open => &[Self::Complete, Self::Drop, Self::Update],
            PartnerReviewActionStatus::Done | PartnerReviewActionStatus::Dropped => &[Self::Reopen],
        }
    }
}

/// An action to be agreed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Certify a third engineer", "side": "partner", "due_on": "2027-01-31"}))]
pub struct PartnerReviewActionAdd {
    /// What is to be done.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub text: String,
    /// Whose it is to do.
    pub side: PartnerReviewSide,
    /// Which person of that side does it.
    pub assignee_id: Option<PersonId>,
    /// The last day on which it is in time.
    pub due_on: Option<NaiveDate>,
}

/// What is to change of an open action (JSON merge patch): what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"due_on": "2027-02-28"}))]
pub struct PartnerReviewActionPatch {
    /// What is to be done.
    #[serde(default, deserialize_with = "not_null")]
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S", nullable = false)]
    pub text: Option<String>,
    /// Which person of the side that owes it does it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PersonId>)]
    pub assignee_id: Option<Option<PersonId>>,
    /// The last day on which it is in time.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub due_on: Option<Option<NaiveDate>>,
}

/// What came of an action.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"outcome": "Passed on 14 January."}))]
pub struct PartnerReviewActionEnd {
    /// A sentence, for both sides.
    #[validate(length(min = 1, max = 1000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub outcome: Option<String>,
}

/// Why an action is dropped.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The region is served by another partner now."}))]
pub struct PartnerReviewActionDrop {
    /// A sentence, for both sides.
    #[validate(length(min = 1, max = 1000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// An action that was agreed in a review.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"id": "pra_01jd3k7x2mfq8t9v5w6y0zabcd", "review_id": "prv_01jd3k7x2mfq8t9v5w6y0zabcd",
    "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "text": "Certify a third engineer", "side": "partner", "due_on": "2027-01-31", "overdue": false,
    "status": "open", "revision": 1, "created_at": "2026-11-19T12:00:00Z", "updated_at": "2026-11-19T12:00:00Z",
    "available_actions": ["complete", "drop", "update"]}))]
pub struct PartnerReviewAction {
    /// Its id.
    pub id: PartnerReviewActionId,
    /// The review in which it was agreed.
    pub review_id: PartnerReviewId,
    /// The partner.
    pub partner_id: PartnerId,
    /// What is to be done.
    pub text: String,
    /// Whose it is to do.
    pub side: PartnerReviewSide,
    /// Which person of that side does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee_id: Option<PersonId>,
    /// The last day on which it is in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_on: Option<NaiveDate>,
    /// Whether it is open and its last day is over.
    pub overdue: bool,
    /// Where it stands. More statuses may come.
    pub status: PartnerReviewActionStatus,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<String>,
    /// When it was done or dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Who said so: for the vendor's people alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_by: Option<ActorRef>,
    /// Raised with every change; send it as If-Match.
    pub revision: i64,
    /// When it was agreed.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<PartnerReviewActionMove>,
}

impl PartnerReviewAction {
    /// All of it, as it stands on this day.
    pub fn whole(row: &ActionRow, today: NaiveDate) -> Self {
        let ended_by = row.ended_kind.clone().zip(row.ended_id.clone());
        Self {
            id: row.id(),
            review_id: PartnerReviewId(row.review_id),
            partner_id: PartnerId(row.partner_id),
            text: row.text.clone(),
            side: row.side,
            assignee_id: row.assignee_id.map(PersonId),
            due_on: row.due_on,
            overdue: row.is_overdue(today),
            status: row.status,
            outcome: row.outcome.clone(),
            ended_at: row.ended_at,
            ended_by: ended_by.map(|(kind, id)| ActorRef { kind, id }),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: PartnerReviewActionMove::legal(row.status).to_vec(),
        }
    }

    /// As this caller sees it. A partner's people complete what their side owes; the rest is for who writes reviews.
    pub fn seen_by(who: &Actor, row: &ActionRow, today: NaiveDate) -> Self {
        let mut action = Self::whole(row, today);
        action.ended_by = action.ended_by.filter(|_| Field::VendorsActors.shown_to(who));
        action.available_actions.retain(|action| may(who, row, *action));
        action
    }
}

/// Whether this caller may do this with an action that it sees.
pub(super) fn may(who: &Actor, row: &ActionRow, action: PartnerReviewActionMove) -> bool {
    let owes = row.side == PartnerReviewSide::Partner || who.scope.partner().is_none();
    let works = action == PartnerReviewActionMove::Complete && owes && who.grants & Permission::WorkReviews.bit() != 0;
    works || writes(who)
}

impl Resource for PartnerReviewAction {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/partner-review-actions/{}", self.id))
    }
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnerReviewActionQuery {
    /// Only of this partner.
    pub partner_id: Option<PartnerId>,
    /// Only of this review.
    pub review_id: Option<PartnerReviewId>,
    /// Only those that this side owes.
    #[param(inline)]
    pub side: Option<PartnerReviewSide>,
    /// Only this person's.
    pub assignee_id: Option<PersonId>,
    /// Only those that stand there.
    #[param(inline)]
    pub status: Option<PartnerReviewActionStatus>,
    /// Only those that are open and whose last day is over (`true`), or only the others.
    pub overdue: Option<bool>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}
