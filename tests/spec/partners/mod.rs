//! The hub: partner organisations, the people of both sides, and the vendor's own fields.

mod contacts;
mod contracts;
mod custom_fields;
mod documents;
mod esg;
mod facts;
mod groups;
mod life;
mod lists;
mod notes;
mod offboarding;
mod organisations;
mod people;
mod suspension;
