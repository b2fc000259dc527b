//! Figures kept ready: the last fact of each deal, sums of what is open, sums of what happened, and the chances of stages.
//!
//! A sum of money is kept in two parts, thousands of millions and the rest: one of them alone would overflow in the sum of ten thousand of
//! the largest amounts.

pub const SQL: &str = "
CREATE TABLE deal_facts (
    vendor_id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    stage text NOT NULL,
    month text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    waiting_since {time},
    approved_at {time},
    PRIMARY KEY (vendor_id, deal_id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id)
){table};
CREATE TABLE pipeline_cells (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    stage text NOT NULL,
    month text NOT NULL,
    currency text NOT NULL,
    deals bigint NOT NULL,
    amount_high bigint NOT NULL,
    amount_low bigint NOT NULL,
    PRIMARY KEY (vendor_id, partner_id, kind, status, stage, month, currency),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE TABLE deal_tallies (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    month text NOT NULL,
    currency text NOT NULL,
    submitted bigint NOT NULL,
    decided bigint NOT NULL,
    automatic bigint NOT NULL,
    decision_seconds bigint NOT NULL,
    approved bigint NOT NULL,
    rejected bigint NOT NULL,
    expired bigint NOT NULL,
    withdrawn bigint NOT NULL,
    lost bigint NOT NULL,
    won bigint NOT NULL,
    won_high bigint NOT NULL,
    won_low bigint NOT NULL,
    won_seconds bigint NOT NULL,
    PRIMARY KEY (vendor_id, partner_id, kind, month, currency),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE TABLE pipeline_weights (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    body text NOT NULL,
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id)
){table};
";
