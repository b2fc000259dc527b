//! Walkthroughs, how far each person has come in them, and the language of a vendor's texts.
//!
//! Progress of somebody who was erased stays as a figure, of nobody and of no partner.

pub const SQL: &str = "
ALTER TABLE vendors ADD COLUMN language text;
CREATE TABLE walkthroughs (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    body text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX walkthroughs_by_version ON walkthroughs (vendor_id, name, version);
CREATE TABLE walkthrough_progress (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    walkthrough_id {uuid} NOT NULL,
    person_id {uuid},
    partner_id {uuid},
    role text NOT NULL,
    partner_type text,
    status text NOT NULL,
    seen bigint NOT NULL,
    run bigint NOT NULL,
    started_at {time} NOT NULL,
    ended_at {time},
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, walkthrough_id) REFERENCES walkthroughs (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE UNIQUE INDEX walkthrough_progress_once ON walkthrough_progress (vendor_id, person_id, walkthrough_id);
CREATE INDEX walkthrough_progress_by_walkthrough ON walkthrough_progress (vendor_id, walkthrough_id, status);
";
