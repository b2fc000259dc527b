//! Lists that authorities publish, as the vendor loads them.

pub mod cache;
pub mod http;
pub mod service;
pub mod store;
pub mod types;

pub use service::{create, publish};
pub use types::{ScreeningFiles, ScreeningFormat, ScreeningList, ScreeningListCreate, ScreeningListPublish, ScreeningVersion};
