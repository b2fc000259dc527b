//! Custom roles, the reach of people, when people were last seen, and access reviews.
//!
//! `people.reach` is what a person's reach was set to, as JSON; `reaches` holds the same row by row, for queries to resolve.

pub const SQL: &str = "
CREATE TABLE roles (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    name text NOT NULL,
    title text NOT NULL,
    description text,
    side text NOT NULL,
    permissions text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, name)
){table};
CREATE INDEX people_by_role ON people (vendor_id, role, id);
ALTER TABLE people ADD COLUMN reach text;
ALTER TABLE people ADD COLUMN last_seen_at {time};
CREATE TABLE reaches (
    vendor_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    place bigint NOT NULL,
    partner_id {uuid},
    region text,
    country text,
    PRIMARY KEY (vendor_id, person_id, place),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE TABLE access_reviews (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,
    reviewers text NOT NULL,
    reviewer_ids text NOT NULL,
    deadline {time} NOT NULL,
    on_deadline text NOT NULL,
    dormant_after_days bigint NOT NULL,
    status text NOT NULL,
    listed_people {uuid},
    listed_keys {uuid},
    created_by text NOT NULL,
    opened_at {time},
    closed_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE access_review_reviewers (
    vendor_id {uuid} NOT NULL,
    review_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, review_id, person_id),
    FOREIGN KEY (vendor_id, review_id) REFERENCES access_reviews (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE TABLE access_review_items (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    review_id {uuid} NOT NULL,
    person_id {uuid},
    api_key_id {uuid},
    partner_id {uuid},
    reviewer_id {uuid},
    name text NOT NULL,
    email text,
    role text NOT NULL,
    dormant boolean NOT NULL,
    facts text NOT NULL,
    decision text NOT NULL,
    reason text,
    decided_by text,
    decided_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, review_id) REFERENCES access_reviews (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id),
    FOREIGN KEY (vendor_id, api_key_id) REFERENCES api_keys (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX access_review_items_by_review ON access_review_items (vendor_id, review_id, id);
CREATE INDEX access_review_items_by_decision ON access_review_items (vendor_id, review_id, decision, id);
CREATE INDEX access_review_items_by_reviewer ON access_review_items (vendor_id, reviewer_id, review_id);
CREATE INDEX access_review_items_by_partner ON access_review_items (vendor_id, partner_id, review_id);
";
