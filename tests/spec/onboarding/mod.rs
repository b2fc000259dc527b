//! From stranger to selling partner.

mod agreements;
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
mod paths;
mod paths_moving;
mod profile;
mod provisioning;
mod story;
mod surveys;
mod vetting;
mod vetting_checks;
mod vetting_support;
mod walkthroughs;

use crate::prelude::*;
