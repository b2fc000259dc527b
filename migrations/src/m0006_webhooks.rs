//! Outbound webhooks: endpoints, each a reader of the log, and what became of each delivery.
//!
//! Everything up to an endpoint's `cursor` was delivered or has a delivery row. `wake_at` is the
//! earliest `next_attempt_at` of its deliveries, so that one look at this table finds all work.
//! A delivery holds its last attempt; the attempts before that one are in `webhook_attempts`.

pub const SQL: &str = "
CREATE TABLE webhook_endpoints (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    event_types text NOT NULL,
    ordered boolean NOT NULL,
    status text NOT NULL,
    status_reason text,
    secrets {bytes} NOT NULL,
    public_key text NOT NULL,
    cursor bigint NOT NULL,
    rewound_from bigint NOT NULL,
    wake_at {time},
    failing_since {time},
    lease_owner {uuid},
    lease_until {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE webhook_deliveries (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    endpoint_id {uuid} NOT NULL,
    sequence bigint NOT NULL,
    event_id {uuid} NOT NULL,
    event_type text NOT NULL,
    subject_id text NOT NULL,
    status text NOT NULL,
    attempts bigint NOT NULL,
    failures bigint NOT NULL,
    next_attempt_at {time},
    attempted_at {time},
    response_status integer,
    response_excerpt text,
    error text,
    duration_ms bigint,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, endpoint_id) REFERENCES webhook_endpoints (vendor_id, id)
){table};
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (vendor_id, endpoint_id, id);
CREATE INDEX webhook_deliveries_unsettled ON webhook_deliveries (vendor_id, endpoint_id, status, id) WHERE status <> 'succeeded';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (vendor_id, endpoint_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (vendor_id, endpoint_id, subject_id, sequence) WHERE status IN ('pending', 'retrying');
CREATE TABLE webhook_attempts (
    vendor_id {uuid} NOT NULL,
    delivery_id {uuid} NOT NULL,
    number bigint NOT NULL,
    at {time} NOT NULL,
    response_status integer,
    response_excerpt text,
    error text,
    duration_ms bigint NOT NULL,
    PRIMARY KEY (vendor_id, delivery_id, number),
    FOREIGN KEY (vendor_id, delivery_id) REFERENCES webhook_deliveries (vendor_id, id)
){table};
";
