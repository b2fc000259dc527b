//! Deal registration: deals, what they claim, and the rules of engagement that decide.
//!
//! Claims are written before the deal that they decide about, hence the deferred references.

pub const SQL: &str = "
CREATE TABLE rules_of_engagement (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    effective_at {time},
    body text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX rules_by_version ON rules_of_engagement (vendor_id, version);
CREATE TABLE deals (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    customer_name text NOT NULL,
    customer text NOT NULL,
    lines text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    expected_close text NOT NULL,
    custom_fields text NOT NULL,
    decision text,
    facts text,
    rules_version bigint,
    account_id {uuid},
    opportunity_id {uuid},
    opportunity_external_id text,
    stage text,
    protected_until {time},
    extensions integer NOT NULL,
    question text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, account_id) REFERENCES accounts (vendor_id, id),
    FOREIGN KEY (vendor_id, opportunity_id) REFERENCES opportunities (vendor_id, id)
){table};
CREATE INDEX deals_by_partner ON deals (vendor_id, partner_id, id);
CREATE INDEX deals_by_status ON deals (vendor_id, status, id);
CREATE INDEX deals_by_update ON deals (vendor_id, updated_at, id);
CREATE TABLE deal_claims (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    until {time} NOT NULL,
    PRIMARY KEY (vendor_id, key),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id) DEFERRABLE INITIALLY DEFERRED
){table};
CREATE INDEX deal_claims_by_deal ON deal_claims (vendor_id, deal_id);
CREATE TABLE deal_keys (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, key, deal_id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id) DEFERRABLE INITIALLY DEFERRED
){table};
CREATE INDEX deal_keys_by_deal ON deal_keys (vendor_id, deal_id);
";
