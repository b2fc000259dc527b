//! The vendor's CRM as it is mirrored here: accounts, opportunities, and the imports that bring them.

pub const SQL: &str = "
CREATE TABLE accounts (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    external_id text NOT NULL,
    name text NOT NULL,
    sort_name text NOT NULL,
    domain text,
    country text,
    address text,
    phone text,
    tax_id text,
    parent_external_id text,
    industry text,
    custom_fields text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX accounts_by_external_id ON accounts (vendor_id, external_id);
CREATE INDEX accounts_by_update ON accounts (vendor_id, updated_at, id);
CREATE INDEX accounts_by_name ON accounts (vendor_id, sort_name, id);
CREATE TABLE account_keys (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    account_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, key, account_id),
    FOREIGN KEY (vendor_id, account_id) REFERENCES accounts (vendor_id, id)
){table};
CREATE INDEX account_keys_by_account ON account_keys (vendor_id, account_id);
CREATE TABLE opportunities (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    external_id text NOT NULL,
    account_id {uuid},
    account_external_id text,
    deal_id {uuid},
    name text NOT NULL,
    status text NOT NULL,
    stage text,
    product text,
    amount bigint,
    currency text,
    owner text,
    opened_on text,
    closes_on text,
    custom_fields text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, account_id) REFERENCES accounts (vendor_id, id)
){table};
CREATE UNIQUE INDEX opportunities_by_external_id ON opportunities (vendor_id, external_id);
CREATE INDEX opportunities_by_account ON opportunities (vendor_id, account_id, status);
CREATE INDEX opportunities_by_deal ON opportunities (vendor_id, deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX opportunities_by_update ON opportunities (vendor_id, updated_at, id);
CREATE TABLE imports (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    resource text NOT NULL,
    format text NOT NULL,
    options text NOT NULL,
    header text,
    validate_only boolean NOT NULL,
    status text NOT NULL,
    failure_code text,
    failure_detail text,
    bytes_total bigint NOT NULL,
    bytes_done bigint NOT NULL,
    line bigint NOT NULL,
    rows_created bigint NOT NULL,
    rows_updated bigint NOT NULL,
    rows_unchanged bigint NOT NULL,
    rows_refused bigint NOT NULL,
    lease_until {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE INDEX imports_in_work ON imports (updated_at) WHERE status IN ('queued', 'running');
CREATE TABLE import_chunks (
    vendor_id {uuid} NOT NULL,
    import_id {uuid} NOT NULL,
    number bigint NOT NULL,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (vendor_id, import_id, number),
    FOREIGN KEY (vendor_id, import_id) REFERENCES imports (vendor_id, id)
);
CREATE TABLE import_errors (
    vendor_id {uuid} NOT NULL,
    import_id {uuid} NOT NULL,
    line bigint NOT NULL,
    errors text NOT NULL,
    cells text NOT NULL,
    PRIMARY KEY (vendor_id, import_id, line),
    FOREIGN KEY (vendor_id, import_id) REFERENCES imports (vendor_id, id)
){table};
";
