//! One linear history of the schema, for both databases.
//!
//! Tables are written once in SQL with a few words for what differs: `{uuid}`, `{time}`, `{bytes}`
//! and `{table}`. Every primary key begins with `vendor_id` and every foreign key carries it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

mod m0001_frame;
mod m0002_access;
mod m0003_partners;
mod m0004_crm;
mod m0005_dealreg;
mod m0006_webhooks;
mod m0007_sessions;

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
        ]
    }
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
            DbBackend::Postgres => &[("{uuid}", "uuid"), ("{time}", "timestamptz"), ("{bytes}", "bytea"), ("{table}", "")],
            _ => &[("{uuid}", "blob"), ("{time}", "text"), ("{bytes}", "blob"), ("{table}", " WITHOUT ROWID")],
        };
        let sql = words.iter().fold(self.sql.to_owned(), |sql, (word, is)| sql.replace(word, is));
        for statement in sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
