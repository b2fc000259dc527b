//! When keys were last used.

use super::store::api_key;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::workers::{WokenBy, Worker};
use kernel::{Actor, App, Problem, Scope};
use sea_orm::Statement;
use sea_orm::entity::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Keys used since they were last written down.
#[derive(Default)]
struct Used(Mutex<HashMap<(Uuid, Uuid), DateTime<Utc>>>);

/// Note that a key was used; written down by [`last_use_worker`].
pub(crate) fn used(app: &App, key: &api_key::Model) {
    let now = app.clock().now();
    if key.last_used_at.is_none_or(|at| now - at >= chrono::Duration::minutes(1)) {
        app.service::<Used>().0.lock().expect("used keys").insert((key.vendor_id, key.id), now);
    }
}

/// Writes down when keys were last used, once a minute: not worth a write per request.
pub(crate) fn last_use_worker() -> Worker {
    let run: kernel::workers::Run = Arc::new(|app| Box::pin(async move { write_down(&app).await }));
    Worker { name: "key_last_use", woken_by: WokenBy::Nothing, poll: std::time::Duration::from_secs(60), run }
}

async fn write_down(app: &App) -> Result<usize, Problem> {
    let used = std::mem::take(&mut *app.service::<Used>().0.lock().expect("used keys"));
    let count = used.len();
    for ((vendor, id), at) in used {
        let actor = Actor { scope: Scope::vendor_wide(VendorId(vendor)), ..Actor::system("key_last_use", VendorId(vendor)) };
        app.write(&actor, async |tx| {
            let sql = "UPDATE api_keys SET last_used_at = $3 WHERE vendor_id = $1 AND id = $2";
            let values = [vendor.into(), id.into(), at.into()];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await
        })
        .await?;
    }
    Ok(count)
}
