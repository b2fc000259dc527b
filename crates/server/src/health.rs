//! Whether this instance lives, and whether it is ready for requests.

use crate::frame::STOPPING;
use crate::stop::Stop;
use axum::Json;
use axum::extract::State;
use kernel::{App, Problem};
use migrations::Migrator;
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::MigratorTrait;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The state of this instance.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub struct Health {
    /// `ok`.
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_liveness)).routes(routes!(get_readiness))
}

/// Whether the process lives.
#[utoipa::path(get, path = "/health/live", operation_id = "get_liveness", tag = "operation", security(()),
    responses((status = 200, description = "It lives.", body = Health)))]
async fn get_liveness() -> Json<Health> {
    OK
}

/// Whether this instance takes requests: the database answers, its schema is the one this binary knows, and it is not stopping.
#[utoipa::path(get, path = "/health/ready", operation_id = "get_readiness", tag = "operation", security(()),
    responses((status = 200, description = "It takes requests.", body = Health)))]
async fn get_readiness(State(app): State<App>) -> Result<Json<Health>, Problem> {
    if app.service::<Stop>().said() {
        return Err(Problem::new(STOPPING));
    }
    migrated(&app).await?;
    Ok(OK)
}

async fn migrated(app: &App) -> Result<(), Problem> {
    let known = Migrator::migrations();
    let last = known.last().map_or("", |step| step.name());
    let sql = "SELECT version FROM seaql_migrations WHERE version = $1";
    let find = Statement::from_sql_and_values(app.db().backend(), sql, [last.into()]);
    let found = app.db().read_across_vendors().await?.query_one_raw(find).await;
    match found {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Problem::new(crate::frame::NOT_MIGRATED)),
        Err(cause) => Err(unready(cause)),
    }
}

/// A missing table of migrations is no fault of ours, but a database that was never migrated.
fn unready(cause: sea_orm::DbErr) -> Problem {
    if kernel::db::is_outage(&cause) { cause.into() } else { Problem::new(crate::frame::NOT_MIGRATED) }
}
