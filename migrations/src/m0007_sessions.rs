//! Portals, the sessions of people, and tokens that were taken back.

pub const SQL: &str = "
CREATE TABLE portals (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    redirect_uris text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX portals_by_id ON portals (id);
ALTER TABLE people ADD COLUMN tokens_valid_from {time};
CREATE TABLE sessions (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    portal_id {uuid},
    provider text,
    methods text NOT NULL,
    device text,
    refresh_hash {bytes} NOT NULL,
    previous_hash {bytes},
    refreshed_at {time} NOT NULL,
    authenticated_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    ended_at {time},
    end_reason text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id),
    FOREIGN KEY (vendor_id, portal_id) REFERENCES portals (vendor_id, id)
){table};
CREATE INDEX sessions_by_person ON sessions (vendor_id, person_id, id);
CREATE UNIQUE INDEX sessions_by_refresh ON sessions (refresh_hash);
CREATE UNIQUE INDEX sessions_by_previous ON sessions (previous_hash);
CREATE TABLE revoked_tokens (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
";
