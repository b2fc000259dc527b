//! Who may call, and what that lets them do.

mod keys;
mod people;
mod tokens;
mod vendors;
