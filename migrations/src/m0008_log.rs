//! Tamper evidence (a Merkle tree over each log and its signed checkpoints) and privacy (a key for each data subject).
//!
//! `events.personal` holds what of `data` is about people, sealed; destroying a row of `personal_keys` makes it unreadable
//! and changes no hash. `log_mentions` tells whose data an event holds (`who` is the key's id) and which person acted
//! (`who` is the person's id).

pub const SQL: &str = "
ALTER TABLE events ADD COLUMN personal text;
CREATE TABLE personal_keys (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    subject {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX personal_keys_by_subject ON personal_keys (vendor_id, subject);
CREATE TABLE log_mentions (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    who {uuid} NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (vendor_id, who, sequence)
){table};
CREATE TABLE log_trees (
    vendor_id {uuid} NOT NULL PRIMARY KEY REFERENCES vendors (id),
    size bigint NOT NULL
){table};
CREATE TABLE log_tiles (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    level integer NOT NULL,
    number bigint NOT NULL,
    hashes {bytes} NOT NULL,
    PRIMARY KEY (vendor_id, level, number)
);
CREATE TABLE log_keys (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    origin text NOT NULL,
    public_key {bytes} NOT NULL,
    sealed {bytes} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE log_checkpoints (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    size bigint NOT NULL,
    root {bytes} NOT NULL,
    note text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, size)
){table};
CREATE TABLE erasures (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    person_id {uuid},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    finished_at {time},
    PRIMARY KEY (vendor_id, id)
){table};
CREATE INDEX erasures_unfinished ON erasures (created_at) WHERE finished_at IS NULL;
";
