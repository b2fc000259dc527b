//! Who may call, and what that lets them do.

mod hostile;
mod keys;
mod oauth;
mod people;
mod sessions;
mod tokens;
mod vendors;
