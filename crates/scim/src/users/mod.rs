//! People as a directory sees them.
//!
//! A credential provisions one **directory**: the vendor's own people, or those of the partner that it is bound to; never both. A
//! person's e-mail address is the primary one of `emails`, else the one for work, else the first, else `userName` if that is an
//! address. What else is sent is kept and returned as it came.
//!
//! `DELETE` deactivates: people are never deleted, since the log names them. Over SCIM the person is then gone (404, in no list) until
//! somebody lets it in again by hand, or a directory adds the same `userName` or address anew: then the same person comes back.

pub mod http;
mod resource;
mod service;
mod store;

pub use service::check_schemas;
pub use store::{User, find_of_vendor, known, listed};
