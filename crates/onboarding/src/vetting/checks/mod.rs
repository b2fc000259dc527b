//! The register of checks: what was checked, what came of it, on which lists and policy, and who reviewed it.

pub mod http;
pub mod service;
pub mod store;
pub mod types;
