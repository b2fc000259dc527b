//! Imports: many accounts or opportunities from one file.
//!
//! [`records`] splits the file, [`plan`] turns a record into fields of ours, [`work`] carries rows out in batches.

mod download;
pub mod http;
pub mod plan;
pub mod records;
mod service;
pub mod store;
mod types;
mod window;
mod work;

pub use service::{accept, create};
pub use types::{
    AmountUnit, Delimiter, Import, ImportCreate, ImportFailure, ImportFormat, ImportId, ImportOptions, ImportProgress, ImportResource, ImportStatus,
    OnUnknown, RefusedRow,
};
pub use work::{step, worker};

/// The largest file, in bytes.
pub const MAX_CONTENT: usize = 64 << 20;
/// The largest file that may come within the description of an import, in bytes.
pub const MAX_INLINE: usize = 8 << 20;
/// Refused rows that are kept; the others are only counted.
pub const MAX_REFUSED: i64 = 10_000;
