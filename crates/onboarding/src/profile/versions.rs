//! Versions of the ideal partner profile: drafted, published, in force.

use super::IdealProfileId;
use super::events::{IdealProfileDrafted, IdealProfilePublished};
use super::rules::Profile;
use super::types::{IdealProfile, IdealProfilePublish, IdealProfileStatus, IdealProfileVersion};
use crate::error;
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::problem::{Kind, ProblemDocument};
use kernel::rulebooks::{self, RuleSet, Version};
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Scope, Tx, Valid};
use sea_orm::ConnectionTrait;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

impl IdealProfileVersion {
    fn of(row: &Version, actor: &Actor) -> Result<Self, Problem> {
        let (draft, manages) = (row.is_draft(), actor.grants & Permission::ManageApplications.bit() != 0);
        let actions = [("publish", draft && manages), ("simulate", manages)];
        Ok(Self {
            id: IdealProfileId(row.id),
            version: row.version,
            status: if draft { IdealProfileStatus::Draft } else { IdealProfileStatus::Published },
            effective_at: row.effective_at,
            profile: row.rules::<Profile>()?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: actions.into_iter().filter(|(_, may)| *may).map(|(action, _)| action.to_owned()).collect(),
        })
    }
}

impl RuleSet for Profile {
    type Rules = IdealProfile;
    const TABLE: &'static str = "ideal_profiles";
    const EVENTS: &'static str = "ideal_profile";
    const PUBLISHED: Kind = error::IDEAL_PROFILE_PUBLISHED;
    const PAST: Kind = error::IDEAL_PROFILE_PAST;

    fn compile(profile: IdealProfile, version: i64) -> Result<Self, Problem> {
        Self::of(profile, version)
    }
    fn rules(&self) -> &IdealProfile {
        &self.profile
    }
    fn version(&self) -> i64 {
        self.version
    }
}

/// Forget compiled profiles when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    rulebooks::follow::<Profile>(app);
}

/// The profile in force at `now`, if there is one.
pub async fn in_force(app: &App, db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<Option<Arc<Profile>>, Problem> {
    rulebooks::in_force(app, db, vendor, now).await
}

/// The same inside a write.
pub async fn in_force_within(tx: &Tx) -> Result<Option<Arc<Profile>>, Problem> {
    in_force(&tx.app().clone(), tx, tx.vendor(), tx.now()).await
}

/// The version of this id, compiled.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: IdealProfileId) -> Result<Profile, Problem> {
    rulebooks::find::<Profile>(db, scope, id.0).await?.compiled()
}

async fn draft(tx: &mut Tx, profile: IdealProfile) -> Result<IdealProfileVersion, Problem> {
    let drafted: Profile = rulebooks::next(tx, profile).await?;
    let shown = IdealProfileVersion::of(&rulebooks::draft(tx, IdealProfileId::fresh().0, &drafted).await?, tx.actor())?;
    tx.emit(IdealProfileDrafted { ideal_profile: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: IdealProfileId, when: IdealProfilePublish) -> Result<IdealProfileVersion, Problem> {
    let row = rulebooks::draft_at_hand::<Profile>(tx, id.0).await?;
    let shown = IdealProfileVersion::of(&rulebooks::publish::<Profile>(tx, row, when.effective_at).await?, tx.actor())?;
    tx.emit(IdealProfilePublished { ideal_profile: shown.clone() });
    Ok(shown)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_ideal_profile, list_ideal_profiles))
        .routes(routes!(get_ideal_profile_in_force))
        .routes(routes!(get_ideal_profile))
        .routes(routes!(publish_ideal_profile))
}

/// Draft a version of the ideal partner profile.
///
/// Its criteria are CEL expressions, compiled here: one that does not compile, or could take too long, is refused with its line and column.
#[utoipa::path(post, path = "/ideal-profiles", operation_id = "draft_ideal_profile", tag = "onboarding", request_body = IdealProfile,
    security(("bearer" = ["applications:manage"])),
    responses((status = 201, description = "The draft.", body = IdealProfileVersion)))]
async fn draft_ideal_profile(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Valid(body): Valid<IdealProfile>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| draft(tx, body).await).await
}

/// List the versions of the ideal partner profile, latest first.
#[utoipa::path(get, path = "/ideal-profiles", operation_id = "list_ideal_profiles", tag = "onboarding", params(PageQuery),
    security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<IdealProfileVersion>)))]
async fn list_ideal_profiles(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Params(query): Params<PageQuery>,
) -> Result<Json<Page<IdealProfileVersion>>, Problem> {
    let page = rulebooks::page::<Profile>(&app.db().read_of(who.scope.vendor()).await?, who.scope, &query, true).await?;
    Ok(Json(page.try_map(|row| IdealProfileVersion::of(&row, &who))?))
}

/// Read the profile in force; 404 while none is.
#[utoipa::path(get, path = "/ideal-profiles/in-force", operation_id = "get_ideal_profile_in_force", tag = "onboarding",
    security(("bearer" = ["applications:manage"])),
    responses(
        (status = 200, description = "The version in force.", body = IdealProfileVersion),
        (status = 404, description = "None is in force.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn get_ideal_profile_in_force(State(app): State<App>, who: Can<may::ManageApplications>) -> Result<Response, Problem> {
    let (db, now) = (app.db().read_of(who.scope.vendor()).await?, app.clock().now());
    let profile = in_force(&app, &db, who.scope.vendor(), now).await?.ok_or_else(Problem::not_found)?;
    let row = rulebooks::numbered::<Profile>(&db, who.scope.vendor(), profile.version).await?;
    Ok(Answer::of(StatusCode::OK, &IdealProfileVersion::of(&row, &who)?).into_response(false))
}

/// Read a version of the ideal partner profile.
#[utoipa::path(get, path = "/ideal-profiles/{id}", operation_id = "get_ideal_profile", tag = "onboarding",
    params(("id" = IdealProfileId, Path, description = "The version.")), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The version.", body = IdealProfileVersion)))]
async fn get_ideal_profile(State(app): State<App>, who: Can<may::ManageApplications>, At(id): At<IdealProfileId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = rulebooks::find::<Profile>(&db, who.scope, id.0).await?;
    Ok(Answer::of(StatusCode::OK, &IdealProfileVersion::of(&row, &who)?).into_response(false))
}

/// Publish a draft, now or at a date. It never changes again.
#[utoipa::path(post, path = "/ideal-profiles/{id}/publish", operation_id = "publish_ideal_profile", tag = "onboarding",
    params(("id" = IdealProfileId, Path, description = "The draft."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the draft must still have; 412 if it has another.")),
    request_body(content = Option<IdealProfilePublish>, description = "When it takes effect."),
    security(("bearer" = ["applications:manage"])),
    responses(
        (status = 200, description = "The published version.", body = IdealProfileVersion),
        (status = 412, description = "The draft has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn publish_ideal_profile(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    At(id): At<IdealProfileId>,
    OptionalValid(body): OptionalValid<IdealProfilePublish>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| publish(tx, id, body).await).await
}
