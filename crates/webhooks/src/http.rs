//! The API of endpoints and their deliveries.

pub mod deliveries;
pub mod endpoints;
