//! Signature services outside, which have agreements signed for us, what was asked of them, and which of their events were taken.
//!
//! A request has the id of its agreement. `hinted` tells that there is something new to ask about while it is being asked already.

pub const SQL: &str = "
CREATE TABLE signature_services (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    base_url text NOT NULL,
    settings text NOT NULL,
    secrets {bytes},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE signature_requests (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    external_id text,
    ending text,
    reason text,
    error text,
    attempts bigint NOT NULL,
    since {time} NOT NULL,
    due_at {time},
    lease_until {time},
    hinted bigint NOT NULL,
    checked_at {time},
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, id) REFERENCES agreements (vendor_id, id),
    FOREIGN KEY (vendor_id, service_id) REFERENCES signature_services (vendor_id, id)
){table};
CREATE INDEX signature_requests_due ON signature_requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX signature_requests_by_service ON signature_requests (vendor_id, service_id, external_id);
CREATE TABLE signature_events (
    vendor_id {uuid} NOT NULL,
    service_id {uuid} NOT NULL,
    digest {code} NOT NULL,
    taken_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, service_id, digest),
    FOREIGN KEY (vendor_id, service_id) REFERENCES signature_services (vendor_id, id)
){table};
CREATE INDEX signature_events_by_age ON signature_events (vendor_id, service_id, taken_at);
";
