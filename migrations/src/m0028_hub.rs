//! The partner hub: where partners have stood, how they leave, whom to talk to there, and what is agreed and kept.

pub const SQL: &str = "
CREATE TABLE partner_status_changes (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    from_status text,
    to_status text NOT NULL,
    action text NOT NULL,
    reason text,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX partner_status_changes_by_partner ON partner_status_changes (vendor_id, partner_id, id);
INSERT INTO partner_status_changes (vendor_id, id, partner_id, to_status, action, reason, actor_kind, actor_id, at)
    SELECT vendor_id, id, id, status, 'create', status_reason, 'system', 'migration', created_at FROM partners;
ALTER TABLE partners ADD COLUMN distributor_id {uuid};
ALTER TABLE partners ADD COLUMN languages text NOT NULL DEFAULT '[]';
ALTER TABLE partners ADD COLUMN website text;
ALTER TABLE partners ADD COLUMN tax_id text;
ALTER TABLE partners ADD COLUMN email_domains text NOT NULL DEFAULT '[]';
CREATE INDEX partners_by_distributor ON partners (vendor_id, distributor_id, id);
CREATE INDEX partners_by_tax_id ON partners (vendor_id, tax_id);
CREATE TABLE partner_offboardings (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    status text NOT NULL,
    from_status text NOT NULL,
    reason text NOT NULL,
    notice text,
    effective_at {time} NOT NULL,
    deals text NOT NULL,
    successor_id {uuid},
    retain_until {time} NOT NULL,
    open_money text NOT NULL,
    parts text NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    done_at {time},
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, successor_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX partner_offboardings_by_partner ON partner_offboardings (vendor_id, partner_id, id);
CREATE TABLE partner_offboarding_policies (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    body text NOT NULL,
    PRIMARY KEY (vendor_id)
){table};
CREATE TABLE partner_contacts (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    name text NOT NULL,
    email text,
    phone text,
    job_title text,
    language text,
    functions text NOT NULL,
    person_id {uuid},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX partner_contacts_by_partner ON partner_contacts (vendor_id, partner_id, id);
CREATE INDEX partner_contacts_by_email ON partner_contacts (vendor_id, email);
CREATE TABLE partner_primary_contacts (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    function text NOT NULL,
    contact_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, partner_id, function),
    FOREIGN KEY (vendor_id, contact_id) REFERENCES partner_contacts (vendor_id, id)
){table};
CREATE TABLE partner_contracts (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    title text NOT NULL,
    number text,
    status text NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    notice_days bigint NOT NULL,
    remind_days bigint NOT NULL,
    renews_by bigint,
    reminded boolean NOT NULL,
    terms text,
    reason text,
    retain_until {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX partner_contracts_by_partner ON partner_contracts (vendor_id, partner_id, id);
CREATE TABLE partner_documents (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    contract_id {uuid},
    title text NOT NULL,
    kind text NOT NULL,
    visibility text NOT NULL,
    version bigint NOT NULL,
    retain_until {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, contract_id) REFERENCES partner_contracts (vendor_id, id)
){table};
CREATE INDEX partner_documents_by_partner ON partner_documents (vendor_id, partner_id, id);
CREATE TABLE partner_document_versions (
    vendor_id {uuid} NOT NULL,
    document_id {uuid} NOT NULL,
    version bigint NOT NULL,
    file_name text NOT NULL,
    media_type text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    uploaded_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, document_id, version),
    FOREIGN KEY (vendor_id, document_id) REFERENCES partner_documents (vendor_id, id)
){table};
CREATE TABLE partner_document_contents (
    vendor_id {uuid} NOT NULL,
    document_id {uuid} NOT NULL,
    version bigint NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (vendor_id, document_id, version),
    FOREIGN KEY (vendor_id, document_id, version) REFERENCES partner_document_versions (vendor_id, document_id, version)
){table};
CREATE TABLE partner_notes (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    author_kind text NOT NULL,
    author_id text NOT NULL,
    text text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX partner_notes_by_partner ON partner_notes (vendor_id, partner_id, id);
CREATE TABLE partner_timeline (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (vendor_id, partner_id, sequence),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
";
