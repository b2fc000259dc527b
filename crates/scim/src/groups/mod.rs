//! Groups of a directory, their members, and the roles that they give.
//!
//! A group gives its members a role if one was mapped to it (`PUT /v1/directory-groups/{id}/role`), or else if its `displayName` is a
//! role's name. Who is in several gets the role with the most permissions, by name among equals. Groups come before `roles` of the person, and
//! these before the default of the key that provisions it. A person whose groups give nothing keeps the role that it has, until it
//! leaves a group that gave one. No directory gives a role that may do more than its key.

mod events;
pub mod http;
mod mapping;
pub mod roles;
mod service;
mod store;

pub(crate) use events::event_kinds;
pub use events::{DirectoryGroupCreatedEvent, DirectoryGroupDeletedEvent, DirectoryGroupUpdatedEvent};
pub use mapping::DirectoryGroup;
pub(crate) use mapping::router as mapping_router;
pub use service::leave_all;
pub use store::Row;

kernel::define_id!(
    /// A group of a directory.
    GroupId, "grp");
