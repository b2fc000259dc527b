//! What partners earn, at which prices they may sell, and who may renew.
//!
//! A key of `incumbency_keys` with `held = 1` is held by one incumbency for a product: there is one incumbent of a customer and product.
//! Keys with `held = 0` (domains, which subsidiaries may share) only let it be found.

pub const SQL: &str = "
ALTER TABLE deals ADD COLUMN renews_id {uuid};
CREATE TABLE commercial_terms (
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
CREATE UNIQUE INDEX commercial_terms_by_version ON commercial_terms (vendor_id, version);
CREATE TABLE products (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    external_id text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    family text,
    list_prices text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX products_by_external_id ON products (vendor_id, external_id);
CREATE INDEX products_by_name ON products (vendor_id, name_key);
CREATE TABLE deal_estimates (
    vendor_id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    terms_version bigint NOT NULL,
    body text NOT NULL,
    special_until {time},
    fixed_at {time},
    revision bigint NOT NULL,
    PRIMARY KEY (vendor_id, deal_id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id) DEFERRABLE INITIALLY DEFERRED
){table};
CREATE TABLE deal_usage (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    line bigint NOT NULL,
    period text NOT NULL,
    source text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    earned bigint,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id)
){table};
CREATE UNIQUE INDEX deal_usage_once ON deal_usage (vendor_id, deal_id, line, period, source);
CREATE TABLE pricing_requests (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    status text NOT NULL,
    asked text NOT NULL,
    offered text,
    reason text NOT NULL,
    competitor text,
    requested_by {uuid},
    valid_until {time},
    code text NOT NULL,
    sentence text NOT NULL,
    rule text,
    terms_version bigint NOT NULL,
    facts text NOT NULL,
    automatic_up_to bigint NOT NULL,
    one_person_up_to bigint NOT NULL,
    approvals text NOT NULL,
    warned_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX pricing_requests_by_deal ON pricing_requests (vendor_id, deal_id, id);
CREATE INDEX pricing_requests_by_partner ON pricing_requests (vendor_id, partner_id, id);
CREATE INDEX pricing_requests_by_status ON pricing_requests (vendor_id, status, id);
CREATE UNIQUE INDEX pricing_requests_open ON pricing_requests (vendor_id, deal_id) WHERE status IN ('open', 'countered');
CREATE UNIQUE INDEX pricing_requests_approved ON pricing_requests (vendor_id, deal_id) WHERE status = 'approved';
CREATE TABLE incumbencies (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    account_id {uuid},
    moved_from {uuid},
    renewal_deal_id {uuid},
    status text NOT NULL,
    customer_name text NOT NULL,
    country text NOT NULL,
    product text NOT NULL,
    product_key text NOT NULL,
    renews_on text NOT NULL,
    opens_at {time} NOT NULL,
    ends_at {time} NOT NULL,
    rivals text NOT NULL,
    rule text NOT NULL,
    terms_version bigint NOT NULL,
    reason text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id),
    FOREIGN KEY (vendor_id, renewal_deal_id) REFERENCES deals (vendor_id, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX incumbencies_by_partner ON incumbencies (vendor_id, partner_id, id);
CREATE INDEX incumbencies_by_renewal ON incumbencies (vendor_id, renewal_deal_id);
CREATE INDEX incumbencies_by_account ON incumbencies (vendor_id, account_id);
CREATE TABLE incumbency_keys (
    vendor_id {uuid} NOT NULL,
    incumbency_id {uuid} NOT NULL,
    product_key text NOT NULL,
    key text NOT NULL,
    held bigint NOT NULL,
    PRIMARY KEY (vendor_id, incumbency_id, key),
    FOREIGN KEY (vendor_id, incumbency_id) REFERENCES incumbencies (vendor_id, id) DEFERRABLE INITIALLY DEFERRED
){table};
CREATE UNIQUE INDEX incumbency_keys_held ON incumbency_keys (vendor_id, product_key, key) WHERE held = 1;
CREATE INDEX incumbency_keys_by_key ON incumbency_keys (vendor_id, key);
";
