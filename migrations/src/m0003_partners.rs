//! The partner hub, and the people of vendors and partners.
//!
//! A partner names its manager and a person its partner: the second is the tenancy's wall, so the
//! database holds that one; the service checks the first.

pub const SQL: &str = "
CREATE TABLE partners (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    search_name text NOT NULL,
    kind text NOT NULL,
    tier text,
    region text,
    country text,
    specialisations text NOT NULL,
    status text NOT NULL,
    status_reason text,
    suspended_from text,
    parent_id {uuid},
    manager_id {uuid},
    custom_fields text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, parent_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX partners_by_update ON partners (vendor_id, updated_at, id);
CREATE INDEX partners_by_name ON partners (vendor_id, search_name, id);
CREATE INDEX partners_by_manager ON partners (vendor_id, manager_id, id);
CREATE INDEX partners_by_parent ON partners (vendor_id, parent_id, id);
CREATE TABLE people (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid},
    email text NOT NULL,
    name text NOT NULL,
    search_name text NOT NULL,
    role text NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE UNIQUE INDEX people_by_email ON people (vendor_id, email);
CREATE INDEX people_by_partner ON people (vendor_id, partner_id, id);
CREATE INDEX people_by_name ON people (vendor_id, search_name, id);
CREATE INDEX people_by_update ON people (vendor_id, updated_at, id);
";
