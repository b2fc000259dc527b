//! Recording progress, and telling how far a deal has come.

use super::{engagement, expiry};
use crate::DealId;
use crate::error;
use crate::progress::{DealActivity, DealActivityCreate, DealActivityId, DealProgress, DealProgressed, Looks};
use crate::rules::{Status, require_one};
use crate::store::deals;
use crate::store::deals::DealRow;
use crate::store::progress::{self as store, ActivityRow};
use access::Field;
use chrono::{DateTime, Duration, NaiveTime, Utc};
use kernel::actor::ActorRef;
use kernel::{Actor, App, Problem, Tx};

/// Activities of one deal.
const MOST: u64 = 1_000;
/// Days back that an activity may lie.
const OLDEST: i64 = 366;

/// Record a step towards the sale.
pub async fn record(tx: &mut Tx, id: DealId, new: DealActivityCreate) -> Result<DealActivity, Problem> {
    let mut row = deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) {
        // Whoever ends the deal meanwhile is waited for here, as whoever comes later waits for this.
        tx.set_timer(expiry::TIMER, &id.to_string(), until).await?;
        row = deals::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    }
    require_one(row.status()?, &[Status::InReview, Status::InformationRequested, Status::Approved], "take activities")?;
    // Where the day began first, it is fourteen hours later than here.
    if new.on > (tx.now() + Duration::hours(14)).date_naive() {
        return Err(Problem::invalid("/on", "in_the_future", "Record what was done, not what is planned."));
    }
    if (tx.now().date_naive() - new.on).num_days() > OLDEST {
        return Err(Problem::invalid("/on", "too_long_ago", "Record what was done within the last year."));
    }
    if store::count_activities(tx, tx.vendor(), id).await? >= MOST {
        return Err(Problem::new(error::TOO_MANY_ACTIVITIES));
    }
    let who = tx.actor().reference();
    let activity = ActivityRow {
        vendor_id: row.vendor_id,
        id: DealActivityId::fresh().0,
        deal_id: row.id,
        kind: new.kind.wire().to_owned(),
        on_day: new.on.to_string(),
        note: new.note.clone(),
        side: if tx.scope().partner().is_some() { "partner" } else { "vendor" }.to_owned(),
        actor_kind: who.kind,
        actor_id: who.id,
        created_at: tx.now(),
    };
    store::insert_activity(tx, &activity).await?;
    let end_of_day = new.on.and_time(NaiveTime::MIN).and_utc() + Duration::days(1) - Duration::seconds(1);
    advance(tx, &row, end_of_day.min(tx.now()), new.kind.wire()).await?;
    let told = activity.told(true)?;
    tx.emit(DealProgressed { deal: row.whole(u64::MAX)?, note: new.note, activity: told });
    activity.told(shows_vendors(tx.actor()))
}

/// The deal has come further: it is looked at when that is old.
pub async fn advance(tx: &mut Tx, row: &DealRow, at: DateTime<Utc>, kind: &str) -> Result<(), Problem> {
    let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) else { return Ok(()) };
    tx.set_timer(expiry::TIMER, &row.id().to_string(), until).await?;
    store::advance(tx, row.id(), at, kind).await?;
    let rules = engagement::in_force_within(tx).await?;
    expiry::schedule(tx, row.id(), &rules.engagement.protection.warning_days, until).await
}

/// How far a deal has come, and until when it has time.
pub async fn standing(app: &App, who: &Actor, id: DealId) -> Result<DealProgress, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = deals::find(&db, who.scope, id).await?.ok_or_else(Problem::not_found)?;
    let (Status::Approved, Some(until)) = (row.status()?, row.protected_until) else {
        return Ok(DealProgress { deal_id: id, progressed_at: None, kind: None, protected_until: None, released_at: None });
    };
    let known = store::find(&db, who.scope.vendor(), id).await?;
    drop(db);
    let rules = engagement::in_force(app, who.scope, app.clock().now()).await?;
    let approved = row.decision()?.map_or(row.created_at, |decision| decision.decided_at);
    let since = known.as_ref().map_or(approved, |known| known.progressed_at.max(approved));
    let kind = known.as_ref().filter(|known| known.progressed_at >= approved).map_or("approved", |known| known.kind.as_str()).to_owned();
    let looks = Looks::of(&rules.engagement, &[], until, since, known.and_then(|known| known.warned_at));
    Ok(DealProgress { deal_id: id, progressed_at: Some(since), kind: Some(kind), protected_until: Some(until), released_at: looks.release_at() })
}

/// Whether somebody is told who acted for the vendor.
pub fn shows_vendors(who: &Actor) -> bool {
    Field::VendorsActors.shown_to(who)
}

impl ActivityRow {
    /// As it goes over the wire, to somebody who is told who acted for the vendor or not.
    pub fn told(&self, shows_vendors: bool) -> Result<DealActivity, Problem> {
        let hide = self.side == "vendor" && !shows_vendors;
        let named = || ActorRef { kind: self.actor_kind.clone(), id: self.actor_id.clone() };
        Ok(DealActivity {
            id: DealActivityId(self.id),
            deal_id: DealId(self.deal_id),
            kind: self.kind.clone(),
            on: self.on_day.parse().map_err(Problem::internal)?,
            note: self.note.clone(),
            actor: if hide { ActorRef { kind: "vendor".into(), id: "vendor".into() } } else { named() },
            created_at: self.created_at,
        })
    }
}
