//! The actions that were agreed in a review.

pub(super) mod http;
pub(super) mod service;
pub(super) mod store;
pub(super) mod types;
