//! The rules of engagement: drafting, publishing, and which are in force.

use crate::RulesId;
use crate::engagement::{Compiled, Engagement};
use crate::error;
use crate::events::{RulesDrafted, RulesPublished, RulesUpdated};
use crate::http::engagement::{EngagementPatch, RulesOfEngagement, RulesPublish};
use crate::review::service::calendars_exist;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::problem::Kind;
use kernel::rulebooks::{self, RuleSet};
use kernel::{App, Problem, Scope, Tx};
use sea_orm::ConnectionTrait;
use std::sync::{Arc, OnceLock};
use validator::Validate;

impl RuleSet for Compiled {
    type Rules = Engagement;
    const TABLE: &'static str = "rules_of_engagement";
    const EVENTS: &'static str = "rules_of_engagement";
    const PUBLISHED: Kind = error::RULES_PUBLISHED;
    const PAST: Kind = error::RULES_PAST;

    fn compile(engagement: Engagement, version: i64) -> Result<Self, Problem> {
        Self::of(engagement, version)
    }
    fn rules(&self) -> &Engagement {
        &self.engagement
    }
    fn version(&self) -> i64 {
        self.version
    }
}

/// Forget compiled rules when a vendor publishes. Once, at start.
pub fn follow(app: &App) {
    rulebooks::follow::<Compiled>(app);
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
    Ok(rulebooks::in_force(app, db, scope.vendor(), now).await?.unwrap_or_else(standard))
}

/// The rules of a version that decided something, compiled; 0 is the standard one.
pub async fn version(app: &App, db: &impl ConnectionTrait, vendor: VendorId, version: i64) -> Result<Arc<Compiled>, Problem> {
    if version == 0 { Ok(standard()) } else { rulebooks::of_number(app, db, vendor, version).await }
}

/// The standard rules, compiled once.
fn standard() -> Arc<Compiled> {
    static STANDARD: OnceLock<Arc<Compiled>> = OnceLock::new();
    STANDARD.get_or_init(|| Arc::new(Compiled::of(Engagement::default(), 0).unwrap_or_else(|_| unreachable!("a unit test compiles them")))).clone()
}

/// Draft a new version.
pub async fn draft(tx: &mut Tx, engagement: Engagement) -> Result<RulesOfEngagement, Problem> {
    let drafted: Compiled = rulebooks::next(tx, engagement).await?;
    calendars_exist(tx, &drafted.engagement).await?;
    let shown = RulesOfEngagement::of(&rulebooks::draft(tx, RulesId::fresh().0, &drafted).await?, tx.actor())?;
    tx.emit(RulesDrafted { rules_of_engagement: shown.clone() });
    Ok(shown)
}

/// Change a draft.
pub async fn patch(tx: &mut Tx, id: RulesId, patch: EngagementPatch) -> Result<RulesOfEngagement, Problem> {
    let mut row = rulebooks::draft_at_hand::<Compiled>(tx, id.0).await?;
    tx.actor().require_match(row.revision)?;
    let engagement = patch.onto(row.rules::<Compiled>()?);
    engagement.validate().map_err(|found| Problem::invalid_all(kernel::body::field_errors(&found)))?;
    let engagement = Compiled::of(engagement, row.version)?.engagement;
    calendars_exist(tx, &engagement).await?;
    row.write::<Compiled>(&engagement)?;
    let shown = RulesOfEngagement::of(&rulebooks::update::<Compiled>(tx, row).await?, tx.actor())?;
    tx.emit(RulesUpdated { rules_of_engagement: shown.clone() });
    Ok(shown)
}

/// Publish a draft, now or at a date.
pub async fn publish(tx: &mut Tx, id: RulesId, when: RulesPublish) -> Result<RulesOfEngagement, Problem> {
    let row = rulebooks::draft_at_hand::<Compiled>(tx, id.0).await?;
    let engagement = row.rules::<Compiled>()?;
    crate::assignment::check_published(tx, &engagement).await?;
    crate::cosell::check_published(tx, &engagement).await?;
    calendars_exist(tx, &engagement).await?;
    let shown = RulesOfEngagement::of(&rulebooks::publish::<Compiled>(tx, row, when.effective_at).await?, tx.actor())?;
    tx.emit(RulesPublished { rules_of_engagement: shown.clone() });
    Ok(shown)
}
