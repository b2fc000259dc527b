//! What the funnel of applications adds up, and what each application has been counted as.

pub const SQL: &str = "
CREATE TABLE application_sums (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    day {code} NOT NULL,
    form_id {uuid} NOT NULL,
    partner_type text NOT NULL,
    region text NOT NULL,
    step bigint NOT NULL,
    lost bigint NOT NULL,
    applications bigint NOT NULL,
    confirm_seconds bigint NOT NULL,
    confirm_count bigint NOT NULL,
    submit_seconds bigint NOT NULL,
    submit_count bigint NOT NULL,
    decide_seconds bigint NOT NULL,
    decide_count bigint NOT NULL,
    approve_seconds bigint NOT NULL,
    approve_count bigint NOT NULL,
    log_in_seconds bigint NOT NULL,
    log_in_count bigint NOT NULL,
    approval_seconds bigint NOT NULL,
    approval_count bigint NOT NULL,
    signature_seconds bigint NOT NULL,
    signature_count bigint NOT NULL,
    first_login_seconds bigint NOT NULL,
    first_login_count bigint NOT NULL,
    first_deal_seconds bigint NOT NULL,
    first_deal_count bigint NOT NULL,
    PRIMARY KEY (vendor_id, day, form_id, partner_type, region, step, lost)
){table};
CREATE TABLE application_parts (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    application_id {uuid} NOT NULL,
    part text NOT NULL,
    PRIMARY KEY (vendor_id, application_id),
    FOREIGN KEY (vendor_id, application_id) REFERENCES applications (vendor_id, id)
){table};
";
