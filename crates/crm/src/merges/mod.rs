//! Merging accounts that are one company, and undoing it.
//!
//! `A` is **merged** into the **survivor** `B`: field by field one side wins ([`rules`]), and whatever belongs to `A` goes to `B`, each kind by its
//! **follower** ([`followers`]: opportunities, subsidiaries and earlier redirects here; other domains' things by [`crate::ports::AccountFollower`]).
//! All of it is one write. `A` stays as a redirect: whoever reads it gets `B`, and what the CRM changes of it is changed in `B`, so that nothing is
//! lost and nothing comes back by itself. `A` keeps the fields that the CRM sends for it, so a CRM that goes on sending both changes nothing.
//!
//! A redirect always points at an account that stands; merging `B` into `C` moves `A`'s to `C`. So chains are one step and circles cannot be.
//!
//! For thirty days the merge can be **undone**: what it moved and is still where it was put goes back, as do the survivor's fields that are still
//! what the merge made them; what was changed since stays, and is told. Merges of the survivor have to be undone first. Then a timer forgets
//! what undoing needs.
//!
//! What people have settled otherwise stands in the way (`account_merge.obstructed`): protection of two partners, two partners whose named account
//! it is, a verdict that the two differ.
//!
//! Who mirrors accounts follows `account.merged` and `account.unmerged`; whatever else changed has the event that it always has.

pub mod events;
pub mod followers;
pub mod http;
pub mod rules;
pub mod service;
pub mod store;
pub mod types;

use chrono::Duration;

kernel::define_id!(
    /// A merge of two accounts.
    AccountMergeId, "amg");

/// How long a merge can be undone.
pub const UNDO: Duration = Duration::days(30);
/// The timer that forgets what undoing a merge needs.
pub(crate) const FORGET: &str = "account_merge_forget";
/// The most things of one kind that a merge moves.
pub const MOST_MOVED: u64 = 5_000;
/// Things of one kind that are named in a preview, and among those that stayed.
pub const SHOWN: usize = 20;
