//! Keys of partners and of people, and what directories provision by SCIM: what they say of people, and groups.
//!
//! A person without a row in `scim_users` is known to no directory; their `userName` is their e-mail address.

pub const SQL: &str = "
ALTER TABLE api_keys ADD COLUMN partner_id {uuid};
ALTER TABLE api_keys ADD COLUMN owner_id {uuid};
ALTER TABLE api_keys ADD COLUMN default_role text;
CREATE INDEX api_keys_by_owner ON api_keys (vendor_id, owner_id);
CREATE TABLE scim_users (
    vendor_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    user_name text NOT NULL,
    external_id text,
    given_name text,
    family_name text,
    attributes text NOT NULL,
    removed_at {time},
    PRIMARY KEY (vendor_id, person_id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE UNIQUE INDEX scim_users_by_name ON scim_users (vendor_id, user_name);
CREATE INDEX scim_users_by_external_id ON scim_users (vendor_id, external_id);
CREATE INDEX scim_users_by_given_name ON scim_users (vendor_id, given_name);
CREATE INDEX scim_users_by_family_name ON scim_users (vendor_id, family_name);
CREATE TABLE scim_emails (
    vendor_id {uuid} NOT NULL,
    address text NOT NULL,
    person_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, address, person_id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX scim_emails_by_person ON scim_emails (vendor_id, person_id);
CREATE TABLE scim_groups (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid},
    directory {uuid} NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    external_id text,
    role text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE UNIQUE INDEX scim_groups_by_name ON scim_groups (vendor_id, directory, name_key);
CREATE INDEX scim_groups_by_external_id ON scim_groups (vendor_id, external_id);
CREATE TABLE scim_members (
    vendor_id {uuid} NOT NULL,
    group_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, group_id, person_id),
    FOREIGN KEY (vendor_id, group_id) REFERENCES scim_groups (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX scim_members_by_person ON scim_members (vendor_id, person_id, group_id);
";
