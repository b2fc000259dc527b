//! Published walkthroughs of a vendor, read and compiled once: every page that somebody opens asks for them.

use super::WalkthroughId;
use super::body::{FACTS, WalkthroughDraft};
use super::rules::{Earlier, Standing, carried};
use super::store::{self, ProgressRow};
use access::people::person;
use kernel::cache::Followed;
use kernel::id::VendorId;
use kernel::rules::Expression;
use kernel::{App, Problem};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::sync::Arc;

/// A version that was published.
pub struct Published {
    /// Its id.
    pub id: WalkthroughId,
    /// Its number.
    pub version: i64,
    /// Whether it is shown no more.
    pub retired: bool,
    /// What it says.
    pub body: WalkthroughDraft,
    when: Expression,
}

/// All of a vendor, the latest version of each name first.
pub struct Shelf(Vec<Published>);

struct Kept(Followed<VendorId, Arc<Shelf>>);

impl Default for Kept {
    fn default() -> Self {
        Self(Followed::new(1_024))
    }
}

/// Forget what is shown when a version is published or retired. Once, at start.
pub fn follow(app: &App) {
    let kept = app.service::<Kept>();
    app.watch(move |vendor, kind, _| match kind {
        "*" => kept.0.forget_all(),
        "walkthrough.published" | "walkthrough.retired" => kept.0.forget(&vendor),
        _ => {}
    });
}

/// What a vendor has published.
pub async fn shelf(app: &App, db: &impl ConnectionTrait, vendor: VendorId) -> Result<Arc<Shelf>, Problem> {
    let load = async {
        let mut all = Vec::new();
        for row in store::published(db, vendor).await? {
            let body = row.body()?;
            let when = Expression::compile(&body.when, FACTS).map_err(|cause| Problem::internal(format!("a published condition: {cause}")))?;
            all.push(Published { id: row.id(), version: row.version, retired: row.status != "published", body, when });
        }
        Ok::<_, Problem>(Arc::new(Shelf(all)))
    };
    app.service::<Kept>().0.get_or_load(vendor, load).await
}

/// A person as conditions see them.
pub fn facts(person: &person::Model, partner: Option<&partners::Partner>) -> Value {
    let side = if partner.is_some() { "partner" } else { "vendor" };
    let mut facts = partner.map_or_else(nobody, crate::paths::written::facts);
    facts["person"] = json!({ "side": side, "role": person.role });
    facts
}

/// What the vendor's own people have instead of a partner, so that a condition over one can be told.
fn nobody() -> Value {
    json!({ "partner": { "name": null, "type": null, "tier": null, "region": null, "country": null, "specialisations": [], "custom_fields": {} } })
}

impl Published {
    /// Whether it is for somebody; one of which that cannot be told is not.
    pub fn is_for(&self, facts: &Value) -> bool {
        self.when.holds_over(facts) == Ok(true)
    }
}

impl Shelf {
    /// The version of this id.
    pub fn find(&self, id: WalkthroughId) -> Option<&Published> {
        self.0.iter().find(|one| one.id == id)
    }

    /// The latest version of each name, if it is still shown, by rank and name.
    pub fn shown(&self) -> Vec<&Published> {
        let mut last = "";
        let latest = self.0.iter().filter(move |one| std::mem::replace(&mut last, &one.body.name) != one.body.name);
        let mut latest: Vec<_> = latest.filter(|one| !one.retired).collect();
        latest.sort_by(|one, other| (one.body.rank, &one.body.name).cmp(&(other.body.rank, &other.body.name)));
        latest
    }

    /// How somebody with this progress stands in a version: as they are in it, or as they come from the last one that they were in.
    pub fn standing(&self, of: &Published, progress: &[ProgressRow]) -> Result<Standing, Problem> {
        if let Some(own) = progress.iter().find(|row| row.walkthrough_id == of.id.0) {
            return own.standing();
        }
        let before = |one: &&Published| one.body.name == of.body.name && one.version < of.version;
        let mut again = of.body.again;
        for earlier in self.0.iter().filter(before) {
            if let Some(row) = progress.iter().find(|row| row.walkthrough_id == earlier.id.0) {
                return Ok(carried(&of.body, Some(&Earlier { body: &earlier.body, standing: row.standing()? }), again));
            }
            again |= earlier.body.again;
        }
        Ok(Standing::NEW)
    }
}
