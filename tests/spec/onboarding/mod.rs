//! From stranger to selling partner.

mod agreements;
mod agreements_gates;
mod agreements_input;
mod agreements_paper;
mod agreements_signing;
mod agreements_told;
mod applications;
mod applications_admission;
mod applications_funnel;
mod applications_input;
mod applications_told;
mod check_providers;
mod outside_signatures;
mod outside_signatures_down;
mod outside_signatures_heard;
mod outside_signatures_input;
mod paths;
mod paths_moving;
mod profile;
mod provisioning;
mod signature_peer;
mod signature_shapes;
mod story;
mod surveys;
mod vetting;
mod vetting_checks;
mod vetting_support;
mod walkthroughs;

use crate::prelude::*;
