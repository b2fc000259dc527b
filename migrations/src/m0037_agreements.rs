//! Agreements: versions of templates, what was made of them for partners, who signs in which order and how they did, the links of letters, and
//! the files as they were shown and signed.

pub const SQL: &str = "
CREATE TABLE agreement_templates (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    kind text NOT NULL,
    asks_again bigint NOT NULL,
    body text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX agreement_templates_by_version ON agreement_templates (vendor_id, name, version);
CREATE TABLE agreements (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    template_id {uuid} NOT NULL,
    template_name text NOT NULL,
    template_version bigint NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    language text NOT NULL,
    status text NOT NULL,
    text text NOT NULL,
    consent text NOT NULL,
    sha256 text NOT NULL,
    reason text,
    sent_at {time},
    expires_at {time},
    ended_at {time},
    contract_id {uuid},
    statement text,
    seal text,
    completed_sha256 text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, template_id) REFERENCES agreement_templates (vendor_id, id)
){table};
CREATE INDEX agreements_by_partner ON agreements (vendor_id, partner_id, id);
CREATE INDEX agreements_by_status ON agreements (vendor_id, status, id);
CREATE INDEX agreements_by_template ON agreements (vendor_id, template_name, status);
CREATE TABLE agreement_signers (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    agreement_id {uuid} NOT NULL,
    position bigint NOT NULL,
    role text NOT NULL,
    title text NOT NULL,
    side text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    person_id {uuid},
    status text NOT NULL,
    evidence text,
    acted_at {time},
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, agreement_id) REFERENCES agreements (vendor_id, id)
){table};
CREATE UNIQUE INDEX agreement_signers_by_position ON agreement_signers (vendor_id, agreement_id, position);
CREATE TABLE agreement_links (
    vendor_id {uuid} NOT NULL,
    hash text NOT NULL,
    signer_id {uuid} NOT NULL,
    expires_at {time} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, hash),
    FOREIGN KEY (vendor_id, signer_id) REFERENCES agreement_signers (vendor_id, id)
){table};
CREATE INDEX agreement_links_by_signer ON agreement_links (vendor_id, signer_id, created_at);
CREATE TABLE agreement_files (
    vendor_id {uuid} NOT NULL,
    agreement_id {uuid} NOT NULL,
    part text NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (vendor_id, agreement_id, part),
    FOREIGN KEY (vendor_id, agreement_id) REFERENCES agreements (vendor_id, id)
){table};
";
