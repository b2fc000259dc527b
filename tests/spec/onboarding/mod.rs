//! From stranger to selling partner.

mod vetting;
mod vetting_checks;
mod vetting_support;
