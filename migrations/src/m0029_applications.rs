//! Applications to the program: forms, rules of admission, applications with their exact keys and links, and which company a partner is.
//!
//! `applications.live_key` is held by one live application of an address to a form. A key of `partner_keys` is held by one partner: the first wins.

pub const SQL: &str = "
CREATE TABLE application_forms (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    token_hash text NOT NULL,
    page text NOT NULL,
    portal_id {uuid},
    partner_types text NOT NULL,
    per_minute bigint NOT NULL,
    status text NOT NULL,
    version_id {uuid},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE application_form_versions (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    form_id {uuid} NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    body text NOT NULL,
    published_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, form_id) REFERENCES application_forms (vendor_id, id)
){table};
CREATE UNIQUE INDEX application_form_versions_by_version ON application_form_versions (vendor_id, form_id, version);
CREATE TABLE admission_rules (
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
CREATE UNIQUE INDEX admission_rules_by_version ON admission_rules (vendor_id, version);
CREATE TABLE applications (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    form_id {uuid} NOT NULL,
    version_id {uuid} NOT NULL,
    status text NOT NULL,
    language text NOT NULL,
    live_key text,
    email_key text,
    company_name text,
    partner_type text,
    region text,
    country text,
    company text NOT NULL,
    contact text NOT NULL,
    answers text NOT NULL,
    prefilled text NOT NULL,
    duplicates text NOT NULL,
    decision text,
    question text,
    reason text,
    assignee_id {uuid},
    partner_id {uuid},
    person_id {uuid},
    step bigint NOT NULL,
    month text NOT NULL,
    confirmed_at {time},
    submitted_at {time},
    first_decided_at {time},
    approved_at {time},
    refused_at {time},
    first_login_at {time},
    seconds_to_confirm bigint,
    seconds_to_submit bigint,
    seconds_to_decide bigint,
    seconds_to_approve bigint,
    seconds_to_log_in bigint,
    link_asked_at {time},
    expires_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, form_id) REFERENCES application_forms (vendor_id, id),
    FOREIGN KEY (vendor_id, version_id) REFERENCES application_form_versions (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE UNIQUE INDEX applications_by_live_key ON applications (vendor_id, live_key);
CREATE INDEX applications_by_status ON applications (vendor_id, status, id);
CREATE INDEX applications_by_email ON applications (vendor_id, email_key, id);
CREATE INDEX applications_by_assignee ON applications (vendor_id, assignee_id, id);
CREATE INDEX applications_by_update ON applications (vendor_id, updated_at, id);
CREATE INDEX applications_by_person ON applications (vendor_id, person_id);
CREATE INDEX applications_by_start ON applications (vendor_id, created_at);
CREATE TABLE application_keys (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    application_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, key, application_id),
    FOREIGN KEY (vendor_id, application_id) REFERENCES applications (vendor_id, id)
){table};
CREATE INDEX application_keys_by_application ON application_keys (vendor_id, application_id);
CREATE TABLE application_links (
    vendor_id {uuid} NOT NULL,
    hash text NOT NULL,
    application_id {uuid} NOT NULL,
    expires_at {time} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, hash),
    FOREIGN KEY (vendor_id, application_id) REFERENCES applications (vendor_id, id)
){table};
CREATE INDEX application_links_by_application ON application_links (vendor_id, application_id, created_at);
CREATE TABLE partner_keys (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    partner_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, key),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
";
