//! What partners sign before they see or do anything else.

pub const SQL: &str = "
CREATE TABLE agreement_policies (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    body text NOT NULL,
    PRIMARY KEY (vendor_id)
){table};
";
