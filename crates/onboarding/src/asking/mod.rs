//! Asking somebody outside who may answer at once or later: a vendor's provisioner, a provider of checks.
//!
//! A request is a row with its due time. An attempt is **claimed** in a write that pushes that time ahead, made outside of any, as one signed POST (Standard
//! Webhooks) to public addresses only, and **settled** in another: an instance that dies in between leaves it to be claimed again, under the same `webhook-id`.
//! A later answer comes by a **callback** with the one-time token that came with the request; only hashes of tokens are kept.
//!
//! What is asked, of whom, and what an answer means is a [`Line`]: each has its table of requests, whose columns `due_at`, `attempts`, `answer_by`,
//! `last_error` and `last_status` are kept here, and its table of tokens. Whoever speaks a protocol of their own (signature services) has what is due
//! found and the calls bounded here, and makes its attempts itself ([`Requests::run`]).

pub(crate) mod call;
pub(crate) mod callback;
pub(crate) mod line;
pub(crate) mod rules;
pub(crate) mod tokens;

pub(crate) use call::Heard;
pub(crate) use line::{Attempt, Line, Requests};
pub(crate) use tokens::Tokens;

use std::time::Duration;

/// What the operator decides. The server provides it; without it the defaults hold.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Whether those who are asked may be at private addresses and over plain http.
    pub allow_private: bool,
    /// How long one call may take.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { allow_private: false, patience: Duration::from_secs(15) }
    }
}
