//! Screening lists with their entries and versions, who is screened, what was checked, and what people decided.
//!
//! An entry of a list is one row, whatever versions name it: `changed_in` is the version in which it last changed, `removed_in` the one that left it out.

pub const SQL: &str = "
CREATE TABLE screening_lists (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    search_name text NOT NULL,
    format text NOT NULL,
    version bigint NOT NULL,
    entries bigint NOT NULL,
    published_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX screening_lists_by_name ON screening_lists (vendor_id, search_name);
CREATE TABLE screening_versions (
    vendor_id {uuid} NOT NULL,
    list_id {uuid} NOT NULL,
    version bigint NOT NULL,
    entries bigint NOT NULL,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    removed bigint NOT NULL,
    sha256 text NOT NULL,
    published_by text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, list_id, version),
    FOREIGN KEY (vendor_id, list_id) REFERENCES screening_lists (vendor_id, id)
){table};
CREATE TABLE screening_entries (
    vendor_id {uuid} NOT NULL,
    list_id {uuid} NOT NULL,
    entry_id text NOT NULL,
    hash text NOT NULL,
    body text NOT NULL,
    version bigint NOT NULL,
    changed_in bigint NOT NULL,
    removed_in bigint,
    PRIMARY KEY (vendor_id, list_id, entry_id),
    FOREIGN KEY (vendor_id, list_id) REFERENCES screening_lists (vendor_id, id)
){table};
CREATE INDEX screening_entries_by_change ON screening_entries (vendor_id, list_id, changed_in);
CREATE TABLE screening_runs (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    list_id {uuid} NOT NULL,
    version bigint NOT NULL,
    since bigint NOT NULL,
    status text NOT NULL,
    subjects bigint NOT NULL,
    screened bigint NOT NULL,
    changed bigint NOT NULL,
    after_id {uuid} NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, list_id) REFERENCES screening_lists (vendor_id, id)
){table};
CREATE TABLE vetting_policies (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    version bigint NOT NULL,
    body text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, version)
){table};
CREATE TABLE vetting_subjects (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    kind text NOT NULL,
    partner_id {uuid} NOT NULL,
    name text NOT NULL,
    country text,
    birth text,
    share bigint,
    mail_domain text,
    facts text NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX vetting_subjects_by_partner ON vetting_subjects (vendor_id, partner_id, id);
CREATE TABLE vetting_checks (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    kind text NOT NULL,
    subject_kind text NOT NULL,
    subject_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    subject_name text NOT NULL,
    facts text NOT NULL,
    result text NOT NULL,
    latest bigint NOT NULL,
    policy_version bigint NOT NULL,
    lists text NOT NULL,
    evidence text NOT NULL,
    summary text NOT NULL,
    reviewer text,
    reason text,
    reviewed_at {time},
    valid_until {time} NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX vetting_checks_by_subject ON vetting_checks (vendor_id, subject_id, kind, latest);
CREATE INDEX vetting_checks_by_partner ON vetting_checks (vendor_id, partner_id, latest, id);
CREATE INDEX vetting_checks_by_result ON vetting_checks (vendor_id, result, id);
CREATE TABLE vetting_verdicts (
    vendor_id {uuid} NOT NULL,
    subject_id {uuid} NOT NULL,
    facts text NOT NULL,
    list_id {uuid} NOT NULL,
    entry_id text NOT NULL,
    entry_version bigint NOT NULL,
    verdict text NOT NULL,
    check_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, subject_id, facts, list_id, entry_id, entry_version)
){table};
CREATE TABLE vetting_holds (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, partner_id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
";
