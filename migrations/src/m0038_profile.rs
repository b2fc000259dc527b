//! The ideal partner profile, and how applicants were scored by it.

pub const SQL: &str = "
CREATE TABLE ideal_profiles (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    effective_at {time},
    body text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX ideal_profiles_by_version ON ideal_profiles (vendor_id, version);
ALTER TABLE applications ADD COLUMN profile_score text;
";
