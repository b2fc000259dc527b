//! Who may call, and what that lets them do.

mod calendars;
mod dormant;
mod fields;
mod hostile;
mod keys;
mod me;
mod oauth;
mod people;
mod reach;
mod reviews;
mod roles;
mod sessions;
mod sso;
mod tokens;
mod vendors;
mod views;
