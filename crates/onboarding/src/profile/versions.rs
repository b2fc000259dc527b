//! Versions of the ideal partner profile: drafted, published, in force.

use super::IdealProfileId;
use super::events::{IdealProfileDrafted, IdealProfilePublished};
use super::rules::Profile;
use super::types::{IdealProfile, IdealProfilePublish, IdealProfileStatus, IdealProfileVersion};
use crate::applications::store::{json, text};
use crate::error;
use access::{Can, Permission, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, SubsecRound, Utc};
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::idempotency::Answer;
use kernel::problem::ProblemDocument;
use kernel::{Actor, App, At, OptionalValid, Page, PageQuery, Params, Problem, Scope, Tx, Valid};
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The table of versions.
pub mod version {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ideal_profiles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub version: i64,
        pub status: String,
        pub effective_at: Option<DateTime<Utc>>,
        pub body: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use version::{Column, Entity, Model};

impl IdealProfileVersion {
    fn of(row: &Model, actor: &Actor) -> Result<Self, Problem> {
        let (draft, manages) = (row.status == "draft", actor.grants & Permission::ManageApplications.bit() != 0);
        let actions = [("publish", draft && manages), ("simulate", manages)];
        Ok(Self {
            id: IdealProfileId(row.id),
            version: row.version,
            status: if draft { IdealProfileStatus::Draft } else { IdealProfileStatus::Published },
            effective_at: row.effective_at,
            profile: json(&row.body)?,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: actions.into_iter().filter(|(_, may)| *may).map(|(action, _)| action.to_owned()).collect(),
        })
    }
}

type Published = Arc<Vec<(DateTime<Utc>, Arc<Profile>)>>;

/// Published profiles, compiled, by vendor.
struct InForce(Followed<VendorId, Published>);

impl Default for InForce {
    fn default() -> Self {
        Self(Followed::new(1_024))
    }
}

/// Forget compiled profiles when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    let kept = app.service::<InForce>();
    app.watch(move |vendor, kind, _| match kind {
        "*" => kept.0.forget_all(),
        "ideal_profile.published" => kept.0.forget(&vendor),
        _ => {}
    });
}

/// The profile in force at `now`: the published version that took effect last, if there is one.
pub async fn in_force(app: &App, db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<Option<Arc<Profile>>, Problem> {
    let load = async {
        let published = scoped(Scope::vendor_wide(vendor)).filter(Column::Status.eq("published"));
        let rows = published.order_by_desc(Column::EffectiveAt).order_by_desc(Column::Version).limit(100).all(db).await?;
        let compiled = rows.into_iter().map(|row| Ok((row.effective_at.unwrap_or(row.created_at), Arc::new(compiled(&row)?))));
        compiled.collect::<Result<Vec<_>, Problem>>().map(Arc::new)
    };
    let published = app.service::<InForce>().0.get_or_load(vendor, load).await?;
    Ok(published.iter().find(|(effective, _)| *effective <= now).map(|(_, profile)| profile.clone()))
}

/// The same inside a write.
pub async fn in_force_within(tx: &Tx) -> Result<Option<Arc<Profile>>, Problem> {
    in_force(&tx.app().clone(), tx, tx.vendor(), tx.now()).await
}

fn compiled(row: &Model) -> Result<Profile, Problem> {
    Profile::of(json(&row.body)?, row.version)
}

/// The version of this id, compiled.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: IdealProfileId) -> Result<Profile, Problem> {
    let row = scoped(scope).filter(Column::Id.eq(id.0)).one(db).await?.ok_or_else(Problem::not_found)?;
    compiled(&row)
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0))
}

async fn draft(tx: &mut Tx, profile: IdealProfile) -> Result<IdealProfileVersion, Problem> {
    let last = scoped(tx.scope()).order_by_desc(Column::Version).limit(1).one(tx).await?;
    let version = last.map_or(1, |row| row.version + 1);
    let profile = Profile::of(profile, version)?.profile;
    let row = Model {
        vendor_id: tx.vendor().0,
        id: IdealProfileId::fresh().0,
        version,
        status: "draft".into(),
        effective_at: None,
        body: text(&profile),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    if Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 0 {
        return Err(Problem::new(kernel::problem::kinds::CONFLICT).detail("Another draft was made at the same moment; send it again."));
    }
    let shown = IdealProfileVersion::of(&row, tx.actor())?;
    tx.emit(IdealProfileDrafted { ideal_profile: shown.clone() });
    Ok(shown)
}

async fn publish(tx: &mut Tx, id: IdealProfileId, when: IdealProfilePublish) -> Result<IdealProfileVersion, Problem> {
    let mut row = scoped(tx.scope()).filter(Column::Id.eq(id.0)).one(tx).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.status != "draft" {
        return Err(Problem::new(error::IDEAL_PROFILE_PUBLISHED));
    }
    let effective = when.effective_at.unwrap_or(tx.now()).trunc_subsecs(6);
    if effective < tx.now() {
        return Err(Problem::new(error::IDEAL_PROFILE_PAST));
    }
    let before = row.revision;
    (row.status, row.effective_at, row.revision, row.updated_at) = ("published".into(), Some(effective), before + 1, tx.now());
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before));
    if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected != 1 {
        return Err(Problem::new(kernel::problem::kinds::STALE));
    }
    let shown = IdealProfileVersion::of(&row, tx.actor())?;
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

/// Pages of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IdealProfileQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the versions of the ideal partner profile, latest first.
#[utoipa::path(get, path = "/ideal-profiles", operation_id = "list_ideal_profiles", tag = "onboarding", params(IdealProfileQuery),
    security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "A page of versions.", body = Page<IdealProfileVersion>)))]
async fn list_ideal_profiles(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    Params(query): Params<IdealProfileQuery>,
) -> Result<Json<Page<IdealProfileVersion>>, Problem> {
    const LIST: &str = "ideal_profiles";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<i64>(LIST)?);
    let find = scoped(who.scope).filter(sea_orm::Condition::all().add_option(before.map(|before| Column::Version.lt(before))));
    let rows = find.order_by_desc(Column::Version).limit(limit + 1).all(&app.db().read_of(who.scope.vendor()).await?).await?;
    let page = Page::of(LIST, rows, limit, |row| row.version);
    let next_cursor = page.next_cursor;
    let data = page.data.iter().map(|row| IdealProfileVersion::of(row, &who)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor }))
}

/// Read the profile in force; 404 while none is.
#[utoipa::path(get, path = "/ideal-profiles/in-force", operation_id = "get_ideal_profile_in_force", tag = "onboarding",
    security(("bearer" = ["applications:manage"])),
    responses(
        (status = 200, description = "The version in force.", body = IdealProfileVersion),
        (status = 404, description = "None is in force.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn get_ideal_profile_in_force(State(app): State<App>, who: Can<may::ManageApplications>) -> Result<Response, Problem> {
    let (db, now) = (app.db().read_of(who.scope.vendor()).await?, app.clock().now());
    let published = scoped(who.scope).filter(Column::Status.eq("published")).filter(Column::EffectiveAt.lte(now));
    let row = published.order_by_desc(Column::EffectiveAt).order_by_desc(Column::Version).limit(1).one(&db).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &IdealProfileVersion::of(&row, &who)?).into_response(false))
}

/// Read a version of the ideal partner profile.
#[utoipa::path(get, path = "/ideal-profiles/{id}", operation_id = "get_ideal_profile", tag = "onboarding",
    params(("id" = IdealProfileId, Path, description = "The version.")), security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "The version.", body = IdealProfileVersion)))]
async fn get_ideal_profile(State(app): State<App>, who: Can<may::ManageApplications>, At(id): At<IdealProfileId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = scoped(who.scope).filter(Column::Id.eq(id.0)).one(&db).await?.ok_or_else(Problem::not_found)?;
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
