//! Everybody held against what changed in a list, in bounded steps.
//!
//! A run takes those entries that changed between two versions, and those that went. Who resembles a changed entry, or had a match with one that changed or
//! went, gets a new check against all lists; who has no check yet gets the first. All others keep theirs: nothing about them could have changed.

use super::checks::service::{self, Ground};
use super::checks::store as checks;
use super::events::ScreeningRunCompleted;
use super::lists::cache::Ready;
use super::lists::store::{self as lists, ListRow};
use super::rules::VettingKind;
use super::screen::{self, ScreenedAs, Wanted};
use super::subjects::{self, SubjectRow};
use super::{ScreeningListId, ScreeningRunId};
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::PartnerId;
use kernel::idempotency::Answer;
use kernel::{App, At, Page, PageQuery, Params, Problem, Scope, Tx};
use screening::Compiled;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The timer that takes the next step of a run.
pub const STEP: &str = "vetting.run";
/// Subjects looked at in one step.
const AT_ONCE: u64 = 400;

/// The table of runs.
pub mod run {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "screening_runs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub list_id: Uuid,
        pub version: i64,
        pub since: i64,
        pub status: String,
        pub subjects: i64,
        pub screened: i64,
        pub changed: i64,
        pub after_id: Uuid,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use run::Model as RunRow;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreeningRunStatus {
    /// Under way.
    Running,
    /// Everybody was looked at.
    Completed,
}

/// Everybody held against what changed in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "scr_01jd3k7x2mfq8t9v5w6y0zabcd", "list_id": "scl_01jd3k7x2mfq8t9v5w6y0zabcd", "version": 3, "since_version": 2, "status": "running",
    "subjects": 10000, "screened": 4000, "new_checks": 3, "revision": 11, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:05Z"}))]
pub struct ScreeningRun {
    /// Its id.
    pub id: ScreeningRunId,
    /// The list.
    pub list_id: ScreeningListId,
    /// Its version.
    pub version: i64,
    /// The version with which it is compared.
    pub since_version: i64,
    /// How far it is.
    pub status: ScreeningRunStatus,
    /// How many subjects there were when it began.
    pub subjects: i64,
    /// How many were looked at.
    pub screened: i64,
    /// How many got a new check.
    pub new_checks: i64,
    /// Raised with every step.
    pub revision: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it took its last step.
    pub updated_at: DateTime<Utc>,
}

impl Resource for ScreeningRun {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

impl RunRow {
    fn shown(&self) -> ScreeningRun {
        ScreeningRun {
            id: ScreeningRunId(self.id),
            list_id: ScreeningListId(self.list_id),
            version: self.version,
            since_version: self.since,
            status: if self.status == "completed" { ScreeningRunStatus::Completed } else { ScreeningRunStatus::Running },
            subjects: self.subjects,
            screened: self.screened,
            new_checks: self.changed,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// Routes of runs.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_screening_runs)).routes(routes!(get_screening_run))
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScreeningRunQuery {
    /// Only of this list.
    pub list_id: Option<ScreeningListId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List runs, newest first.
#[utoipa::path(get, path = "/screening-runs", operation_id = "list_screening_runs", tag = "vetting", params(ScreeningRunQuery),
    security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "A page of runs.", body = Page<ScreeningRun>)))]
async fn list_screening_runs(
    State(app): State<App>,
    who: Can<may::ReadVetting>,
    Params(query): Params<ScreeningRunQuery>,
) -> Result<Json<Page<ScreeningRun>>, Problem> {
    const LIST: &str = "screening_runs";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let wanted = sea_orm::Condition::all()
        .add_option(query.list_id.map(|list| run::Column::ListId.eq(list.0)))
        .add_option(before.map(|before| run::Column::Id.lt(before)));
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = scoped(who.scope).filter(wanted).order_by_desc(run::Column::Id).limit(limit + 1).all(&db).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(|row| row.shown())))
}

/// Read a run and how far it is.
#[utoipa::path(get, path = "/screening-runs/{id}", operation_id = "get_screening_run", tag = "vetting",
    params(("id" = ScreeningRunId, Path, description = "The run.")), security(("bearer" = ["vetting:read"])),
    responses((status = 200, description = "The run.", body = ScreeningRun)))]
async fn get_screening_run(State(app): State<App>, who: Can<may::ReadVetting>, At(id): At<ScreeningRunId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = scoped(who.scope).filter(run::Column::Id.eq(id.0)).one(&db).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &row.shown()).into_response(false))
}

fn scoped(scope: Scope) -> sea_orm::Select<run::Entity> {
    run::Entity::find().filter(run::Column::VendorId.eq(scope.vendor().0))
}

/// Begin a run over what changed in a list since version `since`.
pub(super) async fn begin(tx: &mut Tx, list: &ListRow, since: i64) -> Result<(), Problem> {
    let row = RunRow {
        vendor_id: list.vendor_id,
        id: ScreeningRunId::fresh().0,
        list_id: list.id,
        version: list.version,
        since,
        status: "running".into(),
        subjects: subjects::count(tx).await?,
        screened: 0,
        changed: 0,
        after_id: Uuid::nil(),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    run::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    let now = tx.now();
    Ok(tx.set_timer(STEP, &ScreeningRunId(row.id).to_string(), now).await?)
}

/// Take the next step of a run.
pub(super) async fn step(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<ScreeningRunId>() else { return Ok(()) };
    let everybody = Scope::vendor_wide(tx.vendor());
    let Some(mut row) = scoped(everybody).filter(run::Column::Id.eq(id.0)).one(tx).await? else { return Ok(()) };
    if row.status != "running" {
        return Ok(());
    }
    let ground = Ground::of(tx).await?;
    let delta = Delta::of(tx, &ground, &row).await?;
    let some = subjects::after(tx, row.after_id, AT_ONCE).await?;
    let changed = screen_some(tx, &ground, &delta, &some).await?;
    row.screened += some.len() as i64;
    row.changed += changed;
    row.after_id = some.last().map_or(row.after_id, |last| last.id);
    let last = (some.len() as u64) < AT_ONCE;
    if last {
        row.status = "completed".into();
    } else {
        let now = tx.now();
        tx.set_timer(STEP, subject, now).await?;
    }
    save(tx, &mut row).await?;
    if last {
        tx.emit(ScreeningRunCompleted { screening_run: row.shown() });
    }
    Ok(())
}

async fn save(tx: &Tx, row: &mut RunRow) -> Result<(), DbErr> {
    row.revision += 1;
    row.updated_at = tx.now();
    let this = run::Column::VendorId.eq(row.vendor_id).and(run::Column::Id.eq(row.id));
    run::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// What changed.
struct Delta {
    /// The list.
    list: Uuid,
    /// Entries that changed or are new, ready to be asked; nothing if there are none.
    changed: Option<Arc<Ready>>,
    /// Ids of entries that changed or went.
    touched: HashSet<String>,
}

impl Delta {
    async fn of(tx: &Tx, ground: &Ground, row: &RunRow) -> Result<Self, Problem> {
        let touched = lists::touched(tx, Scope::vendor_wide(tx.vendor()), row.list_id, row.since, row.version).await?;
        let Some(whole) = ground.lists.iter().find(|list| list.list == row.list_id) else {
            return Ok(Self { list: row.list_id, changed: None, touched: HashSet::new() });
        };
        let live = touched.iter().filter(|(_, gone)| !gone).count();
        let ids: HashSet<String> = touched.into_iter().map(|(id, _)| id).collect();
        // A part is compiled for itself only if it is small: else the whole is there already, and as quick to ask.
        let changed = if live == 0 {
            None
        } else if live * 4 > whole.compiled.entries().len() {
            Some(whole.clone())
        } else {
            let entries = whole.compiled.entries().iter().filter(|entry| ids.contains(&entry.id)).cloned().collect();
            let compiled = Compiled::part(entries, whole.compiled.weights());
            Some(Arc::new(Ready { list: whole.list, name: whole.name.clone(), version: whole.version, compiled, versions: HashMap::new() }))
        };
        Ok(Self { list: row.list_id, changed, touched: ids })
    }

    /// Whether the subject resembles an entry that changed.
    fn resembles(&self, subject: &SubjectRow, at_least: i64) -> bool {
        let company = subject.kind == "partner" || subject.is_company();
        let kind = if company { ScreenedAs::Organisation } else { ScreenedAs::Person };
        let wanted = Wanted { kind, name: &subject.name, birth: subject.birth.as_deref(), country: subject.country.as_deref() };
        self.changed.as_ref().is_some_and(|list| {
            let found = screen::find(std::slice::from_ref(list), &wanted, at_least);
            found.iter().any(|one| self.touched.contains(&one.entry_id))
        })
    }
}

/// New checks for those of whom something may have changed; how many.
async fn screen_some(tx: &mut Tx, ground: &Ground, delta: &Delta, some: &[SubjectRow]) -> Result<i64, Problem> {
    let ids: Vec<_> = some.iter().map(|subject| subject.id).collect();
    let mut before = HashMap::new();
    for chunk in ids.chunks(200) {
        let latest = checks::latest_of(tx, Scope::vendor_wide(tx.vendor()), chunk, VettingKind::Sanctions).await?;
        before.extend(latest.into_iter().map(|check| (check.subject_id, check)));
    }
    let (mut changed, mut concerned) = (0, BTreeSet::new());
    for subject in some {
        let anew = match before.get(&subject.id) {
            None => true,
            Some(check) => {
                let matches = check.evidence()?.matches;
                let had = matches.iter().any(|one| one.list_id.0 == delta.list && delta.touched.contains(&one.entry_id));
                had || delta.resembles(subject, ground.policy.policy.review_at)
            }
        };
        if anew {
            let check = service::screen_subject(tx, ground, subject).await?;
            changed += 1;
            let had = before.contains_key(&subject.id);
            if had || check.is_some_and(|check| check.result() == super::policy::VettingResult::Blocked) {
                concerned.insert(subject.partner_id);
            }
        }
    }
    for partner in concerned {
        service::settle(tx, PartnerId(partner)).await?;
    }
    Ok(changed)
}
