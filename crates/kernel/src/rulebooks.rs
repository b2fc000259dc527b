//! What a vendor rules by, in versions: drafted, published at a date, in force until a later one takes effect.
//!
//! A kind of rules is a table of one shape (`vendor_id`, `id`, `version`, `status`, `effective_at`, `body`, `revision`, `created_at`, `updated_at`) and a
//! type that its bodies are compiled to, once for each published version. A published version never changes.

use crate::cache::Followed;
use crate::id::VendorId;
use crate::problem::{Kind, kinds};
use crate::{App, Page, PageQuery, Problem, Scope, Tx};
use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use uuid::Uuid;

const COLUMNS: &str = "id, version, status, effective_at, body, revision, created_at, updated_at";
/// Published versions that are kept compiled for a vendor, the latest to take effect first.
const KEPT: u64 = 100;

/// A kind of rules, compiled.
pub trait RuleSet: Sized + Send + Sync + 'static {
    /// The rules as the vendor wrote them.
    type Rules: Serialize + DeserializeOwned;
    /// The table of their versions.
    const TABLE: &'static str;
    /// What the types of their events begin with, e.g. `lead_rules`.
    const EVENTS: &'static str;
    /// What is refused: to change or publish a version that is published.
    const PUBLISHED: Kind;
    /// What is refused: to let a version take effect in the past.
    const PAST: Kind;

    /// Compile rules as this version; 422 with each fault where they cannot be used.
    fn compile(rules: Self::Rules, version: i64) -> Result<Self, Problem>;
    /// The rules that this was compiled from.
    fn rules(&self) -> &Self::Rules;
    /// Their version.
    fn version(&self) -> i64;
}

/// A version as it is stored.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Version {
    /// Its id.
    pub id: Uuid,
    /// Its number, from 1; 0 stands for standard rules, which are never stored.
    pub version: i64,
    /// `draft` or `published`.
    pub status: String,
    /// From when on it decides; nothing on a draft.
    pub effective_at: Option<DateTime<Utc>>,
    /// Its rules, as JSON.
    pub body: String,
    /// Raised with every change.
    pub revision: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Version {
    /// Whether it may still change.
    pub fn is_draft(&self) -> bool {
        self.status == "draft"
    }

    /// What it says.
    pub fn rules<R: RuleSet>(&self) -> Result<R::Rules, Problem> {
        serde_json::from_str(&self.body).map_err(|cause| Problem::internal(format!("a version of {} does not read: {cause}", R::TABLE)))
    }

    /// What it says, compiled.
    pub fn compiled<R: RuleSet>(&self) -> Result<R, Problem> {
        R::compile(self.rules::<R>()?, self.version)
    }

    /// Say something else.
    pub fn write<R: RuleSet>(&mut self, rules: &R::Rules) -> Result<(), Problem> {
        self.body = serde_json::to_string(rules).map_err(Problem::internal)?;
        Ok(())
    }
}

/// Compiled versions with when they take effect, the latest first.
type Compiled<R> = Arc<Vec<(DateTime<Utc>, Arc<R>)>>;

/// What each vendor has published.
struct Published<R>(Followed<VendorId, Compiled<R>>);

impl<R: RuleSet> Default for Published<R> {
    fn default() -> Self {
        Self(Followed::new(1_024))
    }
}

/// Forget what is compiled when a vendor publishes. Once, at start.
pub fn follow<R: RuleSet>(app: &App) {
    let kept = app.service::<Published<R>>();
    app.watch(move |vendor, kind, _| match kind.split_once('.') {
        Some((of, _)) if of == R::EVENTS => kept.0.forget(&vendor),
        None if kind == "*" => kept.0.forget_all(),
        _ => {}
    });
}

async fn rows<R: RuleSet>(db: &impl ConnectionTrait, vendor: VendorId, rest: &str, values: Vec<Value>) -> Result<Vec<Version>, DbErr> {
    let sql = format!("SELECT {COLUMNS} FROM {} WHERE vendor_id = $1 {rest}", R::TABLE);
    let values = std::iter::once(vendor.0.into()).chain(values);
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| Version::from_query_result(row, "")).collect()
}

async fn published<R: RuleSet>(app: &App, db: &impl ConnectionTrait, vendor: VendorId) -> Result<Compiled<R>, Problem> {
    let load = async {
        let rest = format!("AND status = 'published' ORDER BY effective_at DESC, version DESC LIMIT {KEPT}");
        let compiled = |row: Version| Ok((row.effective_at.unwrap_or(row.created_at), Arc::new(row.compiled::<R>()?)));
        let compiled = rows::<R>(db, vendor, &rest, Vec::new()).await?.into_iter().map(compiled);
        compiled.collect::<Result<Vec<_>, Problem>>().map(Arc::new)
    };
    app.service::<Published<R>>().0.get_or_load(vendor, load).await
}

/// The rules in force at `now`: the published version that took effect last, if there is one.
pub async fn in_force<R: RuleSet>(app: &App, db: &impl ConnectionTrait, vendor: VendorId, now: DateTime<Utc>) -> Result<Option<Arc<R>>, Problem> {
    let published = published::<R>(app, db, vendor).await?;
    Ok(published.iter().find(|(effective, _)| *effective <= now).map(|(_, rules)| rules.clone()))
}

/// The published version of this number, by which something was decided.
pub async fn of_number<R: RuleSet>(app: &App, db: &impl ConnectionTrait, vendor: VendorId, number: i64) -> Result<Arc<R>, Problem> {
    if let Some((_, kept)) = published::<R>(app, db, vendor).await?.iter().find(|(_, rules)| rules.version() == number) {
        return Ok(kept.clone());
    }
    numbered::<R>(db, vendor, number).await?.compiled().map(Arc::new)
}

/// The version of this number, which is known to be there.
pub async fn numbered<R: RuleSet>(db: &impl ConnectionTrait, vendor: VendorId, number: i64) -> Result<Version, Problem> {
    let row = rows::<R>(db, vendor, "AND version = $2", vec![number.into()]).await?.pop();
    row.ok_or_else(|| Problem::internal(format!("version {number} of {} is not there", R::TABLE)))
}

/// The version of this id, draft or published; 404 if there is none.
pub async fn find<R: RuleSet>(db: &impl ConnectionTrait, scope: Scope, id: Uuid) -> Result<Version, Problem> {
    rows::<R>(db, scope.vendor(), "AND id = $2", vec![id.into()]).await?.pop().ok_or_else(Problem::not_found)
}

/// A page of versions, the latest first; with drafts or without.
pub async fn page<R: RuleSet>(db: &impl ConnectionTrait, scope: Scope, query: &PageQuery, drafts: bool) -> Result<Page<Version>, Problem> {
    let (limit, before) = (query.limit()?, query.after::<i64>(R::TABLE)?.unwrap_or(i64::MAX));
    let only = if drafts { "" } else { "AND status = 'published'" };
    let rest = format!("{only} AND version < $2 ORDER BY version DESC LIMIT {}", limit + 1);
    let rows = rows::<R>(db, scope.vendor(), &rest, vec![before.into()]).await?;
    Ok(Page::of(R::TABLE, rows, limit, |row| row.version))
}

/// Compile rules as the next version, in order that they can be looked at before they are kept.
pub async fn next<R: RuleSet>(tx: &Tx, rules: R::Rules) -> Result<R, Problem> {
    let last = rows::<R>(tx, tx.vendor(), "ORDER BY version DESC LIMIT 1", Vec::new()).await?.pop();
    R::compile(rules, last.map_or(1, |row| row.version + 1))
}

/// Keep what [`next`] compiled as a draft; 409 if somebody drafted the same version at the same moment.
pub async fn draft<R: RuleSet>(tx: &Tx, id: Uuid, compiled: &R) -> Result<Version, Problem> {
    let (version, now) = (compiled.version(), tx.now());
    let mut row =
        Version { id, version, status: "draft".into(), effective_at: None, body: String::new(), revision: 1, created_at: now, updated_at: now };
    row.write::<R>(compiled.rules())?;
    let sql = format!(
        "INSERT INTO {} (vendor_id, id, version, status, body, revision, created_at, updated_at) VALUES ($1, $2, $3, 'draft', $4, 1, $5, $5) \
         ON CONFLICT DO NOTHING",
        R::TABLE
    );
    let values = [tx.vendor().0.into(), id.into(), version.into(), row.body.clone().into(), now.into()];
    match tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() {
        0 => Err(Problem::new(kinds::CONFLICT).detail("Another draft was made at the same moment; send it again.")),
        _ => Ok(row),
    }
}

/// The draft of this id, at the revision that `If-Match` names if it names one; 404, 412, or 409 if it is published.
pub async fn draft_at_hand<R: RuleSet>(tx: &Tx, id: Uuid) -> Result<Version, Problem> {
    let row = find::<R>(tx, tx.scope(), id).await?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.is_draft() { Ok(row) } else { Err(Problem::new(R::PUBLISHED)) }
}

/// Publish a draft, now or at a date; 409 or 422 if that is past.
pub async fn publish<R: RuleSet>(tx: &Tx, mut row: Version, effective_at: Option<DateTime<Utc>>) -> Result<Version, Problem> {
    // Both databases keep microseconds.
    let effective = effective_at.unwrap_or(tx.now()).trunc_subsecs(6);
    if effective < tx.now() {
        return Err(Problem::new(R::PAST));
    }
    (row.status, row.effective_at) = ("published".into(), Some(effective));
    update::<R>(tx, row).await
}

/// Store a changed version under its next revision; 412 if somebody was faster.
pub async fn update<R: RuleSet>(tx: &Tx, mut row: Version) -> Result<Version, Problem> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    let sql = format!(
        "UPDATE {} SET status = $3, effective_at = $4, body = $5, revision = $6, updated_at = $7 WHERE vendor_id = $1 AND id = $2 AND revision = $6 - 1",
        R::TABLE
    );
    let (status, body) = (row.status.clone(), row.body.clone());
    let values: [Value; 7] =
        [tx.vendor().0.into(), row.id.into(), status.into(), row.effective_at.into(), body.into(), row.revision.into(), row.updated_at.into()];
    match tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?.rows_affected() {
        1 => Ok(row),
        _ => Err(Problem::new(kinds::STALE)),
    }
}
