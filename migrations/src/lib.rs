//! One linear history of the schema, for both databases.
//!
//! Tables are written once in SQL with a few words for what differs: `{uuid}`, `{time}`, `{bytes}`, `{code}`
//! (text in the order of its bytes) and `{table}`. Every primary key begins with `vendor_id` and every foreign key carries it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};

mod m0001_frame;
mod m0002_access;
mod m0003_partners;
mod m0004_crm;
mod m0005_dealreg;
mod m0006_webhooks;
mod m0007_sessions;
mod m0008_log;
mod m0009_edge;
mod m0010_roles;
mod m0011_sso;
mod m0012_local;
mod m0013_scim;
mod m0014_automations;
mod m0015_engagement;
mod m0016_review;
mod m0017_routing;
mod m0018_leads;
mod m0019_disputes;
mod m0020_progress;
mod m0021_views;
mod m0022_analytics;
mod m0023_commercial;
mod m0024_cosell;
mod m0025_hygiene;
mod m0026_search;
mod m0027_proof;
mod m0028_hub;
mod m0029_applications;
mod m0030_vetting;
mod m0031_paths;
mod m0036_partner_sums;
mod m0037_agreements;
mod m0038_profile;
mod m0039_provisioning;
mod m0040_feedback;
mod m0041_lead_totals;
mod m0043_checks;
mod m0044_walkthroughs;
mod m0045_firsts;
mod m0046_signature_services;
mod m0047_reviews;
mod m0048_gates;
mod m0049_told_once;
mod m0050_survey_links;
mod m0051_application_sums;
mod m0052_own_by_status;
mod planner;
pub mod wall;

/// The migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Step { name: "m0001_frame", sql: m0001_frame::SQL }),
            Box::new(Step { name: "m0002_access", sql: m0002_access::SQL }),
            Box::new(Step { name: "m0003_partners", sql: m0003_partners::SQL }),
            Box::new(Step { name: "m0004_crm", sql: m0004_crm::SQL }),
            Box::new(Step { name: "m0005_dealreg", sql: m0005_dealreg::SQL }),
            Box::new(Step { name: "m0006_webhooks", sql: m0006_webhooks::SQL }),
            Box::new(Step { name: "m0007_sessions", sql: m0007_sessions::SQL }),
            Box::new(Step { name: "m0008_log", sql: m0008_log::SQL }),
            Box::new(Step { name: "m0009_edge", sql: m0009_edge::SQL }),
            Box::new(Step { name: "m0010_roles", sql: m0010_roles::SQL }),
            Box::new(Step { name: "m0011_sso", sql: m0011_sso::SQL }),
            Box::new(Step { name: "m0012_local", sql: m0012_local::SQL }),
            Box::new(Step { name: "m0013_scim", sql: m0013_scim::SQL }),
            Box::new(Step { name: "m0014_automations", sql: m0014_automations::SQL }),
            Box::new(Step { name: "m0015_engagement", sql: m0015_engagement::SQL }),
            Box::new(Step { name: "m0016_review", sql: m0016_review::SQL }),
            Box::new(Step { name: "m0017_routing", sql: m0017_routing::SQL }),
            Box::new(Step { name: "m0018_leads", sql: m0018_leads::SQL }),
            Box::new(Step { name: "m0019_disputes", sql: m0019_disputes::SQL }),
            Box::new(Step { name: "m0020_progress", sql: m0020_progress::SQL }),
            Box::new(Step { name: "m0021_views", sql: m0021_views::SQL }),
            Box::new(Step { name: "m0022_analytics", sql: m0022_analytics::SQL }),
            Box::new(Step { name: "m0023_commercial", sql: m0023_commercial::SQL }),
            Box::new(Step { name: "m0024_cosell", sql: m0024_cosell::SQL }),
            Box::new(Step { name: "m0025_hygiene", sql: m0025_hygiene::SQL }),
            Box::new(Step { name: "m0026_search", sql: m0026_search::SQL }),
            Box::new(Step { name: "m0027_proof", sql: m0027_proof::SQL }),
            Box::new(Step { name: "m0028_hub", sql: m0028_hub::SQL }),
            Box::new(Step { name: "m0029_applications", sql: m0029_applications::SQL }),
            Box::new(Step { name: "m0030_vetting", sql: m0030_vetting::SQL }),
            Box::new(Step { name: "m0031_paths", sql: m0031_paths::SQL }),
            Box::new(Step { name: "m0036_partner_sums", sql: m0036_partner_sums::SQL }),
            Box::new(Step { name: "m0037_agreements", sql: m0037_agreements::SQL }),
            Box::new(Step { name: "m0038_profile", sql: m0038_profile::SQL }),
            Box::new(Step { name: "m0039_provisioning", sql: m0039_provisioning::SQL }),
            Box::new(Step { name: "m0040_feedback", sql: m0040_feedback::SQL }),
            Box::new(Step { name: "m0041_lead_totals", sql: m0041_lead_totals::SQL }),
            Box::new(Step { name: "m0043_checks", sql: m0043_checks::SQL }),
            Box::new(Step { name: "m0044_walkthroughs", sql: m0044_walkthroughs::SQL }),
            Box::new(Step { name: "m0045_firsts", sql: m0045_firsts::SQL }),
            Box::new(Step { name: "m0046_signature_services", sql: m0046_signature_services::SQL }),
            Box::new(Step { name: "m0047_reviews", sql: m0047_reviews::SQL }),
            Box::new(Step { name: "m0048_gates", sql: m0048_gates::SQL }),
            Box::new(Step { name: "m0049_told_once", sql: m0049_told_once::SQL }),
            Box::new(Step { name: "m0050_survey_links", sql: m0050_survey_links::SQL }),
            Box::new(Step { name: "m0051_application_sums", sql: m0051_application_sums::SQL }),
            Box::new(Step { name: "m0052_own_by_status", sql: m0052_own_by_status::SQL }),
        ]
    }
}

/// Who reads and writes once the schema is up to date, on Postgres.
#[derive(Debug, Clone, Copy)]
pub enum Role<'a> {
    /// This role; it is made if it is not there, and the current user may take it on.
    Own(&'a str),
    /// A user of the database that somebody else has made.
    Given(&'a str),
}

/// Bring the schema up to date, and raise the wall on Postgres, for `role`; without a role, on SQLite, tell its planner what to expect.
/// Instances that start together take turns.
pub async fn bring_up(db: &DatabaseConnection, role: Option<Role<'_>>) -> Result<(), DbErr> {
    /// Any number will do, as long as it is always this one.
    const LOCK: &str = "SELECT pg_advisory_xact_lock(7094129)";
    let Some(role) = role else {
        Migrator::up(db, None).await?;
        return planner::tell(db).await;
    };
    let turn = db.begin().await?;
    for sql in ["SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0", LOCK] {
        turn.execute_unprepared(sql).await?;
    }
    if !up_to_date(db).await? {
        wall::lower(db).await?;
        Migrator::up(db, None).await?;
    }
    if let Role::Own(role) = role {
        wall::make_role(db, role).await?;
    }
    // All or nothing: a table is never seen with half of its policies.
    let raising = db.begin().await?;
    let (Role::Own(role) | Role::Given(role)) = role;
    wall::raise(&raising, role).await?;
    raising.commit().await?;
    turn.commit().await
}

/// Whether every migration was carried out. Only looked at, so that a user who may not change the schema can start the service.
async fn up_to_date(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let there = "SELECT 1 FROM pg_class WHERE relname = 'seaql_migrations' AND relnamespace = current_schema()::regnamespace";
    if db.query_one_raw(Statement::from_string(DbBackend::Postgres, there)).await?.is_none() {
        return Ok(false);
    }
    let done = db.query_all_raw(Statement::from_string(DbBackend::Postgres, "SELECT version FROM seaql_migrations")).await?;
    let done = done.iter().map(|row| row.try_get::<String>("", "version")).collect::<Result<Vec<_>, _>>()?;
    Ok(Migrator::migrations().iter().all(|step| done.iter().any(|done| done == step.name())))
}

struct Step {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let words: &[(&str, &str)] = match db.get_database_backend() {
            DbBackend::Postgres => {
                &[("{uuid}", "uuid"), ("{time}", "timestamptz"), ("{bytes}", "bytea"), ("{code}", "text COLLATE \"C\""), ("{table}", "")]
            }
            _ => &[("{uuid}", "blob"), ("{time}", "text"), ("{bytes}", "blob"), ("{code}", "text"), ("{table}", " WITHOUT ROWID")],
        };
        let sql = words.iter().fold(self.sql.to_owned(), |sql, (word, is)| sql.replace(word, is));
        for statement in sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
