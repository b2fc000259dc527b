//! Signature services outside, which have agreements signed for us, and what was asked of them.

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
    agreement_id {uuid} NOT NULL,
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
    checked_at {time},
    PRIMARY KEY (vendor_id, agreement_id),
    FOREIGN KEY (vendor_id, agreement_id) REFERENCES agreements (vendor_id, id),
    FOREIGN KEY (vendor_id, service_id) REFERENCES signature_services (vendor_id, id)
){table};
CREATE INDEX signature_requests_by_due ON signature_requests (due_at);
CREATE INDEX signature_requests_by_service ON signature_requests (vendor_id, service_id, external_id);
";
