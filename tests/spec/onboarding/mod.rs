//! From stranger to selling partner.

mod paths;
mod paths_moving;
