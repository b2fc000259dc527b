//! The inbox: what one was told.

mod http;
pub(crate) mod store;

pub(crate) use http::{person_of, router, shown};
