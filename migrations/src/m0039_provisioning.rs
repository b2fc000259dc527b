//! Instant access: what new partners are given, what each was given, and the tokens by which a provisioner answers later.
//!
//! `live_key` lets a partner have an environment once; it is null of what has ended.

pub const SQL: &str = "
CREATE TABLE provisioning_policies (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    version bigint NOT NULL,
    body text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, version)
){table};
CREATE TABLE provisioning_keys (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    secrets {bytes} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id)
){table};
CREATE TABLE access_grants (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    person_id {uuid},
    status text NOT NULL,
    live_key text,
    round bigint NOT NULL,
    attempts bigint NOT NULL,
    due_at {time},
    answer_by {time},
    last_error text,
    last_status bigint,
    url text,
    reference text,
    policy_version bigint NOT NULL,
    requested_at {time} NOT NULL,
    granted_at {time},
    revoked_at {time},
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE UNIQUE INDEX access_grants_live ON access_grants (vendor_id, live_key);
CREATE INDEX access_grants_by_partner ON access_grants (vendor_id, partner_id, id);
CREATE INDEX access_grants_due ON access_grants (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE access_grant_tokens (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    hash {code} NOT NULL,
    grant_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, hash),
    FOREIGN KEY (vendor_id, grant_id) REFERENCES access_grants (vendor_id, id)
){table};
CREATE INDEX access_grant_tokens_by_grant ON access_grant_tokens (vendor_id, grant_id);
";
