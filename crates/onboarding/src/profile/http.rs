//! Scores over HTTP: of a partner, of all, and how they would move.

use super::types::{IdealProfileMove, IdealProfileMoves, IdealProfileSimulate, IdealProfileSimulation, PartnerProfileScore, ProfileScore};
use super::{IdealProfileId, facts, rules, versions};
use crate::applications::ApplicationFormVersionId;
use crate::applications::forms::store as forms;
use crate::applications::store as applications;
use crate::error;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use kernel::id::PartnerId;
use kernel::problem::ProblemDocument;
use kernel::{App, At, OptionalValid, Page, PageQuery, Params, Problem, Scope};
use partners::esg;
use rules::Profile;
use sea_orm::ConnectionTrait;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(dry_run_ideal_profile)).routes(routes!(get_partner_profile_score)).routes(routes!(list_profile_scores))
}

async fn published(app: &App, db: &impl ConnectionTrait, scope: Scope) -> Result<Arc<Profile>, Problem> {
    let found = versions::in_force(app, db, scope.vendor(), app.clock().now()).await?;
    found.ok_or_else(|| Problem::new(error::NO_IDEAL_PROFILE))
}

/// How well a partner fits the profile in force, by what the hub holds of it now.
#[utoipa::path(get, path = "/partners/{id}/profile-score", operation_id = "get_partner_profile_score", tag = "onboarding",
    params(("id" = PartnerId, Path, description = "The partner.")), security(("bearer" = ["partners:manage"])),
    responses(
        (status = 200, description = "The score, explained.", body = ProfileScore),
        (status = 409, description = "No profile is in force.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn get_partner_profile_score(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    At(id): At<PartnerId>,
) -> Result<Json<ProfileScore>, Problem> {
    let (db, now) = (app.db().read_of(who.scope.vendor()).await?, app.clock().now());
    let row = partners::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let profile = published(&app, &db, who.scope).await?;
    let esg = esg::summaries(&db, who.scope, &[id], now.date_naive()).await?;
    Ok(Json(profile.score(&facts::of_partner(&row, esg.get(&id), now), now)))
}

/// List how well partners fit the profile in force, oldest partner first. While none is in force, the list is empty.
#[utoipa::path(get, path = "/profile-scores", operation_id = "list_profile_scores", tag = "onboarding", params(PageQuery),
    security(("bearer" = ["partners:manage"])),
    responses((status = 200, description = "A page of scores.", body = Page<PartnerProfileScore>)))]
async fn list_profile_scores(
    State(app): State<App>,
    who: Can<may::ManagePartners>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PartnerProfileScore>>, Problem> {
    const LIST: &str = "profile_scores";
    let (limit, after) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let (db, now) = (app.db().read_of(who.scope.vendor()).await?, app.clock().now());
    let Some(profile) = versions::in_force(&app, &db, who.scope.vendor(), now).await? else {
        return Ok(Json(Page { data: Vec::new(), next_cursor: None }));
    };
    let rows = partners::page(&db, who.scope, after.unwrap_or_default(), limit + 1).await?;
    let Page { data, next_cursor } = Page::of(LIST, rows, limit, |row| row.id);
    let ids: Vec<_> = data.iter().map(|row| row.id()).collect();
    let esg = esg::summaries(&db, who.scope, &ids, now.date_naive()).await?;
    let scored = |row: &partners::partner::Model| {
        let found = profile.score(&facts::of_partner(row, esg.get(&row.id()), now), now);
        PartnerProfileScore { partner_id: row.id(), name: row.name.clone(), version: found.version, score: found.score, at_most: found.at_most }
    };
    Ok(Json(Page { data: data.iter().map(scored).collect(), next_cursor }))
}

/// Say how scores would move if this version were in force. Nothing changes.
///
/// It scores active partners and the latest applications that were handed in, by this version and by the one in force.
#[utoipa::path(post, path = "/ideal-profiles/{id}/simulate", operation_id = "dry_run_ideal_profile", tag = "onboarding",
    params(("id" = IdealProfileId, Path, description = "The version.")),
    request_body(content = Option<IdealProfileSimulate>, description = "How many to look at."),
    security(("bearer" = ["applications:manage"])),
    responses((status = 200, description = "How scores would move.", body = IdealProfileSimulation)))]
async fn dry_run_ideal_profile(
    State(app): State<App>,
    who: Can<may::ManageApplications>,
    At(id): At<IdealProfileId>,
    OptionalValid(body): OptionalValid<IdealProfileSimulate>,
) -> Result<Json<IdealProfileSimulation>, Problem> {
    let (db, now) = (app.db().read_of(who.scope.vendor()).await?, app.clock().now());
    let tried = versions::find(&db, who.scope, id).await?;
    let before = versions::in_force(&app, &db, who.scope.vendor(), now).await?;
    let both = Both { tried: &tried, before: before.as_deref(), now };
    let limit = body.limit.unsigned_abs();
    Ok(Json(IdealProfileSimulation {
        version: tried.version,
        compared_with: before.as_ref().map(|profile| profile.version),
        partners: both.partners(&db, who.scope, limit).await?,
        applications: both.applications(&db, who.scope, limit).await?,
    }))
}

/// Two profiles to be compared.
struct Both<'a> {
    tried: &'a Profile,
    before: Option<&'a Profile>,
    now: DateTime<Utc>,
}

impl Both<'_> {
    fn moved(&self, id: String, name: String, facts: &serde_json::Value) -> IdealProfileMove {
        let score = |profile: &Profile| profile.score(facts, self.now).score;
        IdealProfileMove { id, name, before: self.before.map(score), after: score(self.tried) }
    }

    async fn partners(&self, db: &impl ConnectionTrait, scope: Scope, limit: u64) -> Result<IdealProfileMoves, Problem> {
        let rows = partners::active_page(db, scope, Uuid::nil(), limit).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id()).collect();
        let esg = esg::summaries(db, scope, &ids, self.now.date_naive()).await?;
        let facts = |row: &partners::partner::Model| facts::of_partner(row, esg.get(&row.id()), self.now);
        let moved = rows.iter().map(|row| self.moved(row.id().to_string(), row.name.clone(), &facts(row)));
        Ok(rules::moves(moved.collect()))
    }

    async fn applications(&self, db: &impl ConnectionTrait, scope: Scope, limit: u64) -> Result<IdealProfileMoves, Problem> {
        let rows = applications::list(db, scope, applications::Filter::default(), None, limit).await?;
        let (mut mapped, mut moved) = (HashMap::<Uuid, BTreeMap<String, String>>::new(), Vec::new());
        for row in rows.iter().filter(|row| row.submitted_at.is_some()) {
            let mapped = match mapped.entry(row.version_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let version = forms::version(db, scope, ApplicationFormVersionId(row.version_id)).await?;
                    let fields = version.map(|version| version.content()).transpose()?.map(|content| content.partner_fields);
                    place.insert(fields.into_iter().flatten().collect())
                }
            };
            let facts = facts::of_application(row, mapped, self.now)?;
            moved.push(self.moved(row.id().to_string(), row.company_name.clone().unwrap_or_default(), &facts));
        }
        Ok(rules::moves(moved))
    }
}
