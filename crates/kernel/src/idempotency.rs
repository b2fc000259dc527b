//! `Idempotency-Key`: the answer is stored in the transaction of the effect and given again on a repeat.
//!
//! It is stored sealed, since some answers carry a secret that is shown once.

use crate::actor::Actor;
use crate::app::Resource;
use crate::problem::{Problem, kinds};
use crate::seal::{KeyColumn, Sealed, Sealer};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// How long an answer is kept.
pub const KEPT: Duration = Duration::days(30);

const PURPOSE: &str = "idempotency";

/// Where kept answers are sealed.
pub const SEALED: Sealed = Sealed {
    table: "idempotency",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Bytes("key_hash")],
    column: "body",
    purpose: |_| Ok(PURPOSE.to_owned()),
    also: &[],
};

/// A request that carries a key.
pub struct Request {
    vendor: Uuid,
    /// SHA-256 of the actor, the method and path, and the key.
    key: Vec<u8>,
    body: Vec<u8>,
}

impl Request {
    /// The request at hand, if it carries a key.
    pub fn of(actor: &Actor) -> Option<Self> {
        let (key, body) = actor.request.idempotency.as_ref()?;
        let who = actor.reference();
        let mut hash = Sha256::new();
        for part in [&who.kind, &who.id, &actor.request.target, key] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Some(Self { vendor: actor.scope.vendor().0, key: hash.finalize().to_vec(), body: body.to_vec() })
    }
}

/// Keys whose request is being carried out by this instance.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<HashSet<Vec<u8>>>>);

impl Running {
    /// Mark the key as running until the guard is dropped; `None` if it runs already.
    pub fn enter(&self, request: &Request) -> Option<impl Drop + Send + use<>> {
        struct Guard(Running, Vec<u8>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.0.lock().expect("running keys").remove(&self.1);
            }
        }
        let fresh = self.0.lock().expect("running keys").insert(request.key.clone());
        fresh.then(|| Guard(self.clone(), request.key.clone()))
    }
}

/// An answer as it goes out, and as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    etag: Option<String>,
    location: Option<String>,
    body: String,
}

impl Answer {
    /// Turn what a write made into its answer.
    pub fn of<T: Resource>(status: StatusCode, made: &T) -> Self {
        let status = made.status().unwrap_or(status);
        let body = if status == StatusCode::NO_CONTENT { String::new() } else { serde_json::to_string(made).expect("an answer is plain data") };
        let etag = made.revision().map(|revision| format!("\"{revision}\""));
        let location = made.location().filter(|_| matches!(status.as_u16(), 201 | 202));
        Self { status: status.as_u16(), etag, location, body }
    }

    /// Send it.
    pub fn into_response(self, replayed: bool) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::NO_CONTENT {
            headers.remove(header::CONTENT_TYPE);
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in [(header::ETAG, self.etag), (header::LOCATION, self.location)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        if replayed {
            headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

/// The answer that this key got before; 422 if it came with another body.
pub async fn earlier(tx: &impl ConnectionTrait, sealer: &Sealer, request: &Request) -> Result<Option<Answer>, Problem> {
    let backend = tx.get_database_backend();
    // Another instance may be at work on the same key: its transaction holds the lock.
    let (alone, number) = match backend {
        DbBackend::Postgres => ("pg_try_advisory_xact_lock($3)", i64::from_be_bytes(request.key[..8].try_into().expect("a hash has 32 bytes"))),
        _ => ("$3 = $3", 0),
    };
    let sql = format!(
        "SELECT {alone} AS alone, body_hash, status, etag, location, body FROM (SELECT 1 AS one) always \
         LEFT JOIN idempotency ON vendor_id = $1 AND key_hash = $2"
    );
    let values = [request.vendor.into(), request.key.clone().into(), number.into()];
    let row = tx.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let row = row.ok_or_else(|| Problem::internal("a left join gave no row"))?;
    if !row.try_get::<bool>("", "alone")? {
        return Err(Problem::new(kinds::STILL_RUNNING));
    }
    let Some(body_hash) = row.try_get::<Option<Vec<u8>>>("", "body_hash")? else { return Ok(None) };
    if body_hash != request.body {
        return Err(Problem::new(kinds::KEY_REUSED));
    }
    Ok(Some(Answer {
        status: row.try_get::<i32>("", "status")?.try_into().unwrap_or(200),
        etag: row.try_get("", "etag")?,
        location: row.try_get("", "location")?,
        body: body(sealer, &row.try_get::<Vec<u8>>("", "body")?).ok_or_else(|| Problem::internal("a kept answer does not open"))?,
    }))
}

/// The body of a kept answer, if it opens.
pub(crate) fn body(sealer: &Sealer, sealed: &[u8]) -> Option<String> {
    String::from_utf8(sealer.open(PURPOSE, sealed).ok()?).ok()
}

/// Keep the answer with the effect.
pub async fn keep(tx: &impl ConnectionTrait, sealer: &Sealer, request: &Request, answer: &Answer, now: DateTime<Utc>) -> Result<(), Problem> {
    let sql =
        "INSERT INTO idempotency (vendor_id, key_hash, body_hash, status, etag, location, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        request.vendor.into(),
        request.key.clone().into(),
        request.body.clone().into(),
        i32::from(answer.status).into(),
        answer.etag.clone().into(),
        answer.location.clone().into(),
        sealer.seal(PURPOSE, answer.body.as_bytes()).into(),
        now.into(),
    ];
    match tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await {
        // The other instance committed between our look and our lock: the caller asks again and gets its answer.
        Err(cause) if crate::db::is_duplicate(&cause) => Err(Problem::new(kinds::STILL_RUNNING)),
        done => Ok(done.map(|_| ())?),
    }
}

/// Forget answers older than [`KEPT`]; returns how many went.
pub async fn sweep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "DELETE FROM idempotency WHERE created_at < $1";
    let values = [(now - KEPT).into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map(|done| done.rows_affected())
}
