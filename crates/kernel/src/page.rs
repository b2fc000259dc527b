//! Keyset pages: opaque cursors, `limit + 1`, cost flat in depth, no counts.

use crate::problem::{Problem, kinds};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Rows asked for when `limit` is absent.
pub const DEFAULT_LIMIT: u64 = 25;
/// The most rows that one page holds.
pub const MAX_LIMIT: u64 = 200;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows, in the order asked for.
    pub data: Vec<T>,
    /// Send it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The paging parameters that every list takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The number of rows asked for; 422 outside 1 to 200.
    pub fn limit(&self) -> Result<u64, Problem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(Problem::invalid("limit", "out_of_range", format!("Ask for 1 to {MAX_LIMIT} rows."))),
        }
    }

    /// What the cursor holds, if there is one; `list` names the list and order that it must be of.
    pub fn after<K: DeserializeOwned>(&self, list: &str) -> Result<Option<K>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let bad = || Problem::new(kinds::BAD_CURSOR);
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let (of, key): (String, K) = serde_json::from_slice(&bytes).map_err(|_| bad())?;
        if of == list { Ok(Some(key)) } else { Err(bad()) }
    }
}

impl<T> Page<T> {
    /// Cut `limit + 1` rows to a page of `list`; `key` tells where the next one begins.
    pub fn of<K: Serialize>(list: &str, mut rows: Vec<T>, limit: u64, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() as u64 > limit;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|last| cursor(list, &key(last)));
        Self { data: rows, next_cursor }
    }

    /// The same page with every row turned into another shape.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }

    /// The same where that may fail.
    pub fn try_map<U, E>(self, f: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page { data: self.data.into_iter().map(f).collect::<Result<_, _>>()?, next_cursor: self.next_cursor })
    }
}

/// The opaque cursor of `list` that stands at `key`.
pub fn cursor<K: Serialize>(list: &str, key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(list, key)).unwrap_or_default())
}
