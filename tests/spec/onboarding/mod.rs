//! From stranger to selling partner.

mod applications;
mod applications_admission;
mod applications_funnel;
mod applications_input;
mod applications_told;
mod paths;
mod paths_moving;

use crate::prelude::*;
