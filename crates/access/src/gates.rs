//! What a partner's people and keys may not do until the partner has signed what the vendor asks for first: an NDA before data.
//!
//! Which agreements there are is for onboarding to say: it answers through [`Gates`].

use crate::error::AGREEMENT_REQUIRED;
use futures::future::BoxFuture;
use kernel::db::Reading;
use kernel::id::{PartnerId, VendorId};
use kernel::{Actor, App, Problem};

/// Permissions that wait for a partner's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The kind of agreement that has to be in force.
    pub kind: String,
    /// What waits for it: bits of the permission table.
    pub permissions: u64,
}

/// Who knows what a partner has signed.
pub trait Gates: Send + Sync {
    /// The gates that are shut for this partner now.
    fn shut<'a>(&'a self, db: &'a Reading, vendor: VendorId, partner: PartnerId) -> BoxFuture<'a, Result<Vec<Gate>, Problem>>;
}

/// The one that answers.
pub struct GatesPort(pub Box<dyn Gates>);

async fn shut(app: &App, vendor: VendorId, partner: PartnerId) -> Result<Vec<Gate>, Problem> {
    let Some(port) = app.find_service::<GatesPort>() else { return Ok(Vec::new()) };
    port.0.shut(&app.db().read_of(vendor).await?, vendor, partner).await
}

/// Take from a partner's caller what waits for a signature.
pub(crate) async fn hold_back(app: &App, mut actor: Actor) -> Result<Actor, Problem> {
    if let Some(partner) = actor.scope.partner() {
        let waits = shut(app, actor.scope.vendor(), partner).await?.iter().fold(0, |bits, gate| bits | gate.permissions);
        actor.unsigned = waits & (actor.grants | actor.withheld);
        (actor.grants, actor.withheld) = (actor.grants & !waits, actor.withheld & !waits);
    }
    Ok(actor)
}

/// 403 that names the agreements which a permission waits for.
pub(crate) async fn refusal(app: &App, actor: &Actor, permission: u64) -> Result<Problem, Problem> {
    let gates = match actor.scope.partner() {
        Some(partner) => shut(app, actor.scope.vendor(), partner).await?,
        None => Vec::new(),
    };
    let kinds: Vec<_> = gates.into_iter().filter(|gate| gate.permissions & permission != 0).map(|gate| gate.kind).collect();
    let detail = format!("The partner signs this first: {}. What waits for its signature is at GET /v1/agreements?status=sent.", kinds.join(", "));
    Ok(Problem::new(AGREEMENT_REQUIRED).with("kinds", kinds).detail(detail))
}
