//! The second wall: on Postgres the database itself shows a transaction the rows of the vendor that it has named, and
//! no others, whatever the query says. SQLite has no such wall.

mod call_sites;
mod one_connection;
mod policies;
mod roles;
mod rows;

use crate::frame::support::id;
use crate::prelude::*;
use sea_orm::sqlx;

/// The tables that hold rows of vendors, and the column that names the vendor.
async fn tables(world: &World) -> Vec<(String, &'static str)> {
    let sql = "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'vendor_id' \
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1";
    let named: Vec<String> = sqlx::query_scalar(sql).fetch_all(pool(world)).await.expect("the tables");
    assert!(named.len() > 20, "{named:?}");
    named.into_iter().map(|name| (name, "vendor_id")).chain([("vendors".to_owned(), "id")]).collect()
}

/// The service's own connections.
fn pool(world: &World) -> &sqlx::PgPool {
    world.app().db().postgres().expect("this is Postgres")
}

/// A vendor with rows in most tables.
async fn settled(world: &World, name: &str) -> Vendor {
    let vendor = world.vendor(name).await;
    let partner = vendor.adds_partner(&format!("{name}'s partner")).await;
    partner.person("sales").await;
    vendor.put("/v1/accounts/A-1", json!({ "name": format!("{name}'s customer") })).await.expect(201);
    vendor.put("/v1/opportunities/O-1", json!({ "name": "A sale", "status": "open" })).await.expect(201);
    vendor
        .post("/v1/webhook-endpoints", json!({ "url": "https://receiver.example/", "event_types": ["*"] }))
        .idempotency_key("one")
        .await
        .expect(201);
    vendor
}

/// Whether Postgres refused because of the wall: insufficient privilege.
#[track_caller]
fn assert_walled<T: std::fmt::Debug>(refused: Result<T, sea_orm::DbErr>) {
    let text = format!("{:?}", refused.expect_err("the wall refuses this"));
    assert!(text.contains("42501") && text.contains("row-level security"), "{text}");
}
