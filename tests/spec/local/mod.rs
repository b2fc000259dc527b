//! People who sign in here, and what a vendor demands of people.

mod attacks;
mod factors;
mod joining;
mod mail;
mod passkeys;
mod passwords;
mod policy;
