//! Reviews of partners by others: providers of checks, what they are asked and the tokens by which they answer later; facts about sustainability.
//!
//! `live_key` lets a provider be asked about a subject once at a time; it is null of what is over. A check that a provider answered names it.

pub const SQL: &str = "
CREATE TABLE check_providers (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    status text NOT NULL,
    secrets {bytes} NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX check_providers_by_name ON check_providers (vendor_id, name);
CREATE TABLE check_requests (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    provider_id {uuid} NOT NULL,
    kind text NOT NULL,
    subject_kind text NOT NULL,
    subject_id {uuid} NOT NULL,
    partner_id {uuid},
    application_id {uuid},
    facts text NOT NULL,
    status text NOT NULL,
    live_key text,
    answer text,
    check_id {uuid},
    round bigint NOT NULL,
    attempts bigint NOT NULL,
    due_at {time},
    answer_by {time},
    last_error text,
    last_status bigint,
    requested_at {time} NOT NULL,
    answered_at {time},
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, provider_id) REFERENCES check_providers (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, application_id) REFERENCES applications (vendor_id, id)
){table};
CREATE UNIQUE INDEX check_requests_live ON check_requests (vendor_id, live_key);
CREATE INDEX check_requests_by_partner ON check_requests (vendor_id, partner_id, id);
CREATE INDEX check_requests_by_application ON check_requests (vendor_id, application_id, id) WHERE application_id IS NOT NULL;
CREATE INDEX check_requests_due ON check_requests (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE check_request_tokens (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    hash {code} NOT NULL,
    request_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, hash),
    FOREIGN KEY (vendor_id, request_id) REFERENCES check_requests (vendor_id, id)
){table};
CREATE INDEX check_request_tokens_by_request ON check_request_tokens (vendor_id, request_id);
CREATE TABLE partner_esg_policies (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    warn_days bigint NOT NULL,
    PRIMARY KEY (vendor_id)
){table};
CREATE TABLE partner_esg_facts (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    standard text NOT NULL,
    issuer text,
    level text,
    score bigint,
    issued_on date NOT NULL,
    expires_on date,
    warn_on date,
    document_id {uuid},
    standing text NOT NULL,
    warn_days bigint NOT NULL,
    told bigint NOT NULL,
    reason text,
    submitted_kind text NOT NULL,
    submitted_id text NOT NULL,
    decided_kind text,
    decided_id text,
    decided_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, document_id) REFERENCES partner_documents (vendor_id, id)
){table};
CREATE INDEX partner_esg_facts_by_partner ON partner_esg_facts (vendor_id, partner_id, id);
CREATE INDEX partner_esg_facts_by_last_day ON partner_esg_facts (vendor_id, expires_on) WHERE expires_on IS NOT NULL;
CREATE INDEX partner_esg_facts_by_document ON partner_esg_facts (vendor_id, document_id) WHERE document_id IS NOT NULL;
ALTER TABLE vetting_checks ADD COLUMN provider_id {uuid};
ALTER TABLE vetting_checks ADD COLUMN answer text;
";
