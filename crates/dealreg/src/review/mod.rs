//! Review that does not stall: a clock that runs in business time, marks that it passes, and approvals in several steps.
//!
//! The **policy** stands in the rules of engagement, for all deals or for those that one rule sends to review, and is kept with the deal when
//! its review begins: rules published later do not move what was promised. The **clock** counts the hours of a business calendar while the deal
//! is `in_review`, stands while the partner is asked something (`information_requested`), goes on with what was left when it answers, and ends
//! with the decision. At its **marks** it tells (`deal.review_warning`, `deal.review_overdue`, `deal.review_ended`); what follows from that are
//! automations, of which the standard ones are in [`steps`]. A calendar that is changed counts from the moment at which the clock last began
//! to run, as if it had always been so: a holiday forgotten yesterday is given back. Marks that were passed stay passed.
//!
//! **Approvals** are steps in order, each by another person; the first refusal ends the review, and handing in again begins anew.

pub mod approvals;
pub mod clock;
pub mod events;
pub mod policy;
pub mod service;
pub mod steps;
pub mod types;

pub use service::{begin_or_end, finish, fire, pause};
