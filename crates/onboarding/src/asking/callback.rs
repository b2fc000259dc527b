//! A later answer: without a credential but the one-time token that came with the request.

use axum::Extension;
use kernel::actor::RequestInfo;
use kernel::id::VendorId;
use kernel::problem::Kind;
use kernel::{Actor, App, Problem};
use std::sync::Arc;
use uuid::Uuid;

/// Callbacks that one request takes in a minute.
const PER_MINUTE: u32 = 60;

/// Who calls back, and about which request. Whoever has no token that answers gets `void`, and is counted as one who guesses.
pub fn admit(
    app: &App,
    request: Option<Extension<Arc<RequestInfo>>>,
    found: Option<(VendorId, Uuid)>,
    actor: &'static str,
    void: Kind,
) -> Result<(Actor, Uuid), Problem> {
    let info = request.map(|Extension(request)| request).unwrap_or_default();
    let Some((vendor, id)) = found else {
        let counted = info.client.and_then(|address| access::limits::count_failure(app, address));
        return Err(counted.unwrap_or_else(|| Problem::new(void)));
    };
    match access::limits::count_form(app, id, PER_MINUTE, info.client) {
        Some(problem) => Err(problem),
        None => Ok((access::forms::sender(actor, vendor, info), id)),
    }
}
