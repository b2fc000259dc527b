//! The `prm` binary: everything put together and served.
//!
//! - [`assemble`] names every domain: routers, events, workers. What joins two domains stands in `reactions` and `adapters`, and nowhere else
//! - [`frame`] is what every request passes: its id, its caller, its limits, its problem document; [`listen`] what every connection does
//! - [`serve`] runs it, [`cli`] is the command line, [`config`] every setting, [`demo`] shows it at work
//! - [`openapi`] is the published document
//! - [`events`], [`health`], [`problems`], `privacy` are the operations that belong to no domain

mod adapters;
pub mod assemble;
pub mod cli;
pub mod config;
pub mod demo;
pub mod events;
pub mod frame;
pub mod health;
pub mod listen;
pub mod openapi;
mod privacy;
pub mod problems;
mod reactions;
mod reference;
pub mod serve;
mod sight;
pub mod stop;
pub mod telemetry;

pub use assemble::{assemble, background, configure, event_kinds, follow, problem_kinds, workers};
pub use config::Config;
pub use frame::Limits;
