//! Vendors, their logs, readers, timers, kept answers, custom fields.

pub const SQL: &str = "
CREATE TABLE vendors (
    id {uuid} NOT NULL PRIMARY KEY,
    name text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);
CREATE TABLE log_heads (
    vendor_id {uuid} NOT NULL PRIMARY KEY REFERENCES vendors (id),
    sequence bigint NOT NULL,
    hash {bytes} NOT NULL
);
CREATE TABLE events (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    sequence bigint NOT NULL,
    id {uuid} NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    occurred_at {time} NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    subject_revision bigint NOT NULL,
    data text NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (vendor_id, sequence)
){table};
CREATE INDEX events_by_subject ON events (vendor_id, subject_id, sequence);
CREATE INDEX events_by_kind ON events (vendor_id, kind, sequence);
CREATE TABLE readers (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    name text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (vendor_id, name)
){table};
CREATE TABLE timers (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    kind text NOT NULL,
    subject text NOT NULL,
    due_at {time} NOT NULL,
    lease_until {time},
    attempts bigint NOT NULL,
    PRIMARY KEY (vendor_id, kind, subject)
){table};
CREATE INDEX timers_by_due ON timers (due_at);
CREATE TABLE idempotency (
    vendor_id {uuid} NOT NULL,
    key_hash {bytes} NOT NULL,
    body_hash {bytes} NOT NULL,
    status integer NOT NULL,
    etag text,
    location text,
    body {bytes} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, key_hash)
){table};
CREATE INDEX idempotency_by_age ON idempotency (created_at);
CREATE TABLE custom_fields (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    resource text NOT NULL,
    revision bigint NOT NULL,
    schema text NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, resource)
){table};
";
