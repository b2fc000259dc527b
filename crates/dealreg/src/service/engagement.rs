//! The rules of engagement: drafting, publishing, and which are in force.

use crate::RulesId;
use crate::engagement::{Compiled, Engagement};
use crate::error;
use crate::events::{RulesDrafted, RulesPublished, RulesUpdated};
use crate::http::engagement::{EngagementPatch, RulesOfEngagement, RulesPublish};
use crate::review::service::calendars_exist;
use crate::store::engagement::{self as store, VersionRow};
use chrono::{DateTime, SubsecRound, Utc};
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use std::sync::{Arc, OnceLock};
use validator::Validate;

type Published = Arc<Vec<(DateTime<Utc>, Arc<Compiled>)>>;

/// Published rules, compiled, by vendor.
struct InForce(Followed<VendorId, Published>);

impl Default for InForce {
    fn default() -> Self {
        Self(Followed::new(1_024))
    }
}

/// Forget compiled rules when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    let in_force = app.service::<InForce>();
    app.watch(move |vendor, kind, _| match kind {
        "*" => in_force.0.forget_all(),
        kind if kind.starts_with("rules_of_engagement.") => in_force.0.forget(&vendor),
        _ => {}
    });
}

/// The rules in force at `now`: the published version that took effect last, or the standard ones.
pub async fn in_force(app: &App, scope: Scope, now: DateTime<Utc>) -> Result<Arc<Compiled>, Problem> {
    choose(app, &app.db().read_of(scope.vendor()).await?, scope, now).await
}

/// The same inside a write.
pub async fn in_force_within(tx: &Tx) -> Result<Arc<Compiled>, Problem> {
    choose(&tx.app().clone(), tx, Scope::vendor_wide(tx.vendor()), tx.now()).await
}

async fn choose(app: &App, db: &impl ConnectionTrait, scope: Scope, now: DateTime<Utc>) -> Result<Arc<Compiled>, Problem> {
    let load = async {
        let mut published = Vec::new();
        for row in store::published(db, scope).await? {
            let compiled = Compiled::of(body(&row)?, row.version)?;
            published.push((row.effective_at.unwrap_or(row.created_at), Arc::new(compiled)));
        }
        Ok::<_, Problem>(Arc::new(published))
    };
    let published = app.service::<InForce>().0.get_or_load(scope.vendor(), load).await?;
    let current = published.iter().find(|(effective, _)| *effective <= now);
    Ok(current.map_or_else(standard, |(_, compiled)| compiled.clone()))
}

/// The rules of a version that decided something, compiled; 0 is the standard one.
pub async fn version(app: &App, db: &impl ConnectionTrait, vendor: VendorId, version: i64) -> Result<Arc<Compiled>, Problem> {
    if version == 0 {
        return Ok(standard());
    }
    let gone = || Problem::internal(format!("the rules of version {version} are not there"));
    let row = store::by_version(db, Scope::vendor_wide(vendor), version).await?.ok_or_else(gone)?;
    app.service::<Versions>().0.get_or_compile(vendor.0.as_u128(), version, || Compiled::of(body(&row)?, version))
}

/// Compiled versions, by vendor and number: a published one never changes.
#[derive(Default)]
struct Versions(kernel::rules::Compiled<Compiled>);

/// The standard rules, compiled once.
fn standard() -> Arc<Compiled> {
    static STANDARD: OnceLock<Arc<Compiled>> = OnceLock::new();
    STANDARD.get_or_init(|| Arc::new(Compiled::of(Engagement::default(), 0).unwrap_or_else(|_| unreachable!("a unit test compiles them")))).clone()
}

/// The rules that a version says.
pub fn body(row: &VersionRow) -> Result<Engagement, Problem> {
    serde_json::from_str(&row.body).map_err(|cause| Problem::internal(format!("stored rules do not read: {cause}")))
}

/// Draft a new version.
pub async fn draft(tx: &mut Tx, engagement: Engagement) -> Result<RulesOfEngagement, Problem> {
    let version = store::next_version(tx).await?;
    let engagement = Compiled::of(engagement, version)?.engagement;
    calendars_exist(tx, &engagement).await?;
    let row = VersionRow {
        vendor_id: tx.vendor().0,
        id: RulesId::fresh().0,
        version,
        status: "draft".into(),
        effective_at: None,
        body: serde_json::to_string(&engagement).map_err(Problem::internal)?,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::insert(tx, &row).await?;
    let shown = RulesOfEngagement::of(&row, tx.actor())?;
    tx.emit(RulesDrafted { rules_of_engagement: shown.clone() });
    Ok(shown)
}

async fn draft_at_hand(tx: &Tx, id: RulesId) -> Result<VersionRow, Problem> {
    let row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if row.status == "draft" { Ok(row) } else { Err(Problem::new(error::RULES_PUBLISHED)) }
}

/// Change a draft.
pub async fn patch(tx: &mut Tx, id: RulesId, patch: EngagementPatch) -> Result<RulesOfEngagement, Problem> {
    let mut row = draft_at_hand(tx, id).await?;
    tx.actor().require_match(row.revision)?;
    let engagement = patch.onto(body(&row)?);
    engagement.validate().map_err(|found| Problem::invalid_all(kernel::body::field_errors(&found)))?;
    let engagement = Compiled::of(engagement, row.version)?.engagement;
    calendars_exist(tx, &engagement).await?;
    row.body = serde_json::to_string(&engagement).map_err(Problem::internal)?;
    store::update(tx, &mut row).await?;
    let shown = RulesOfEngagement::of(&row, tx.actor())?;
    tx.emit(RulesUpdated { rules_of_engagement: shown.clone() });
    Ok(shown)
}

/// Publish a draft, now or at a date.
pub async fn publish(tx: &mut Tx, id: RulesId, when: RulesPublish) -> Result<RulesOfEngagement, Problem> {
    let mut row = draft_at_hand(tx, id).await?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    // Both databases keep microseconds.
    let effective = when.effective_at.unwrap_or(tx.now()).trunc_subsecs(6);
    if effective < tx.now() {
        return Err(Problem::new(error::RULES_PAST));
    }
    crate::assignment::check_published(tx, &body(&row)?).await?;
    crate::cosell::check_published(tx, &body(&row)?).await?;
    calendars_exist(tx, &body(&row)?).await?;
    row.status = "published".into();
    row.effective_at = Some(effective);
    store::update(tx, &mut row).await?;
    let shown = RulesOfEngagement::of(&row, tx.actor())?;
    tx.emit(RulesPublished { rules_of_engagement: shown.clone() });
    Ok(shown)
}
