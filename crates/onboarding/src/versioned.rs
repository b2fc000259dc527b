//! What versions that are drafted, published and retired have in common: their states, and the one way from each to the next.

use kernel::problem::{Kind, kinds};
use kernel::{Actor, Problem};

/// A row of a version.
pub trait Versioned {
    /// `draft`, `published` or `retired`.
    fn status(&mut self) -> &mut String;
    /// Raised with every change.
    fn revision(&self) -> i64;
}

/// What may be done with a version in this status, by whoever manages it.
pub fn actions(status: &str, manages: bool) -> Vec<String> {
    let next = match status {
        "draft" => Some("publish"),
        "published" => Some("retire"),
        _ => None,
    };
    next.filter(|_| manages).map(str::to_owned).into_iter().collect()
}

/// Turn a version from one status to the next; 412 if `If-Match` names another revision, 409 of this kind if it is in another status.
pub fn turn(row: &mut impl Versioned, who: &Actor, (from, to): (&str, &str), illegal: Kind) -> Result<(), Problem> {
    if who.request.if_match.is_some() {
        who.require_match(row.revision())?;
    }
    let status = row.status();
    if status.as_str() != from {
        return Err(Problem::new(illegal).detail(format!("This version is {status}.")));
    }
    to.clone_into(status);
    Ok(())
}

/// That somebody else was quicker: `true` if a row was written.
pub fn written(done: bool) -> Result<(), Problem> {
    if done { Ok(()) } else { Err(Problem::new(kinds::STALE)) }
}

/// That a number was free: `true` if a draft was written.
pub fn numbered(done: bool) -> Result<(), Problem> {
    let taken = || Problem::new(kinds::CONFLICT).detail("Another draft of this name was made at the same moment; send it again.");
    if done { Ok(()) } else { Err(taken()) }
}
