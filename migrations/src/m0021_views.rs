//! What people want to see of a list, kept under a name.

pub const SQL: &str = "
CREATE TABLE views (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    list text NOT NULL,
    name text NOT NULL,
    filters text NOT NULL,
    columns text NOT NULL,
    is_default boolean NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX views_by_person ON views (vendor_id, person_id, id);
";
