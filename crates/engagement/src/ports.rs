//! What this crate asks of others.

use crate::reader::Reader;
use futures::future::BoxFuture;
use kernel::db::Reading;
use kernel::locale::Languages;
use kernel::log::Envelope;
use kernel::{Problem, Tx};

/// What a question may be asked with: a write at hand, or a reading.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    /// Within a write.
    Tx(&'a Tx),
    /// Outside of one.
    Reading(&'a Reading),
}

/// Run a query with whichever connection [`Rows`] holds.
#[macro_export]
macro_rules! with_rows {
    ($rows:expr, |$db:ident| $body:expr) => {
        match $rows {
            $crate::ports::Rows::Tx($db) => $body,
            $crate::ports::Rows::Reading($db) => $body,
        }
    };
}

/// What of an event somebody may see.
pub trait Sees: Send + Sync {
    /// Those of `events` that `reader` may see, without what is not for them. What cannot be told to be theirs is left out.
    fn seen<'a>(&'a self, rows: Rows<'a>, reader: Reader, events: Vec<Envelope>) -> BoxFuture<'a, Result<Vec<Envelope>, Problem>>;
}

/// The answer. The server provides it.
pub struct Sight(pub Box<dyn Sees>);

/// Somebody without a login who is told by letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// The address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The languages that they read, the best first.
    pub languages: Languages,
    /// A link of their own to what the letter is about.
    pub link: Option<String>,
}

/// Where letters to applicants go.
pub trait Addresses: Send + Sync {
    /// The applicant of the application with this id; nobody, if there is none or they were erased.
    fn of<'a>(&'a self, tx: &'a mut Tx, id: &'a str) -> BoxFuture<'a, Result<Option<Applicant>, Problem>>;
}

/// The answer. The server provides it.
pub struct Applicants(pub Box<dyn Addresses>);
