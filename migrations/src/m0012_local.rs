//! Local people: passwords, second factors, links sent by mail, attempts to sign in, and what a vendor demands.

pub const SQL: &str = "
CREATE TABLE mails (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    sealed {bytes},
    attempts bigint NOT NULL,
    due_at {time},
    sent_at {time},
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE INDEX mails_by_due ON mails (due_at);
ALTER TABLE people ADD COLUMN invited_at {time};
ALTER TABLE people ADD COLUMN email_verified_at {time};
CREATE TABLE passwords (
    vendor_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    hash text NOT NULL,
    stands_alone bigint NOT NULL,
    changed_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, person_id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE TABLE authenticators (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    secret {bytes} NOT NULL,
    credential_hash {bytes},
    rp_id text,
    last_step bigint NOT NULL,
    confirmed_at {time},
    last_used_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX authenticators_by_person ON authenticators (vendor_id, person_id);
CREATE UNIQUE INDEX authenticators_by_credential ON authenticators (vendor_id, credential_hash);
CREATE TABLE recovery_codes (
    vendor_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    hash {bytes} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, person_id, hash),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE TABLE sign_in_links (
    vendor_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    purpose text NOT NULL,
    portal_id {uuid} NOT NULL,
    hash {bytes} NOT NULL,
    expires_at {time} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, person_id, purpose),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id),
    FOREIGN KEY (vendor_id, portal_id) REFERENCES portals (vendor_id, id)
){table};
CREATE UNIQUE INDEX sign_in_links_by_hash ON sign_in_links (hash);
CREATE TABLE sign_in_attempts (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    hash {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX sign_in_attempts_by_hash ON sign_in_attempts (hash);
CREATE INDEX sign_in_attempts_by_end ON sign_in_attempts (expires_at);
CREATE TABLE guesses (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    subject text NOT NULL,
    failures bigint NOT NULL,
    locked_until {time} NOT NULL,
    last_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, subject)
){table};
CREATE INDEX guesses_by_age ON guesses (last_at);
CREATE TABLE access_policies (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    roles text NOT NULL,
    permissions text NOT NULL,
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id)
){table};
";
