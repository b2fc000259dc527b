//! Old notifications go, and messages to chats that are long over.

use chrono::Duration;
use kernel::workers::{Run, WokenBy, Worker};
use kernel::{App, Problem};
use sea_orm::{ConnectionTrait, Statement};
use std::sync::Arc;

/// What was told is kept so long.
const KEPT: Duration = Duration::days(90);

pub(crate) fn worker() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { sweep(&app).await }));
    Worker { name: "notifications.sweep", woken_by: WokenBy::Nothing, poll: std::time::Duration::from_secs(3_600), run }
}

/// Take away what is old; answers 0, for there is nothing to be done at once afterwards.
async fn sweep(app: &App) -> Result<usize, Problem> {
    let before = app.clock().now() - KEPT;
    app.write_across_vendors("notifications.sweep", async |tx| {
        let gone = "DELETE FROM notifications WHERE created_at < $1";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), gone, [before.into()])).await?;
        let over = "DELETE FROM chat_messages WHERE created_at < $1 AND due_at IS NULL";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), over, [before.into()])).await.map(|_| 0)
    })
    .await
}
