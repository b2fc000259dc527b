//! The hub: partner organisations, the people of both sides, and the vendor's own fields.

mod custom_fields;
mod groups;
mod life;
mod lists;
mod organisations;
mod people;
mod suspension;
