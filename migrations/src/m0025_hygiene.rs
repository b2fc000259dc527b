//! Merged accounts, and what the audit of hygiene finds.
//!
//! An account that was merged stays as a row that points at the account that survives (`merged_into`), never at another that was merged: so it is
//! followed in one step, and its `external_id` stays taken. `account_merge_moves` is what undoing a merge needs, for as long as it can be undone.

pub const SQL: &str = "
ALTER TABLE accounts ADD COLUMN merged_into {uuid};
CREATE INDEX accounts_by_survivor ON accounts (vendor_id, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX accounts_by_parent ON accounts (vendor_id, parent_external_id) WHERE parent_external_id IS NOT NULL;
CREATE INDEX deals_by_account ON deals (vendor_id, account_id) WHERE account_id IS NOT NULL;
CREATE TABLE account_merges (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    merged_id {uuid} NOT NULL,
    merged_external_id text NOT NULL,
    into_id {uuid} NOT NULL,
    into_external_id text NOT NULL,
    status text NOT NULL,
    changed text,
    taken text NOT NULL,
    moved text NOT NULL,
    stayed text NOT NULL,
    made_by_kind text NOT NULL,
    made_by_id text NOT NULL,
    undo_until {time} NOT NULL,
    undone_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, merged_id) REFERENCES accounts (vendor_id, id),
    FOREIGN KEY (vendor_id, into_id) REFERENCES accounts (vendor_id, id)
){table};
CREATE INDEX account_merges_by_merged ON account_merges (vendor_id, merged_id, id);
CREATE INDEX account_merges_by_survivor ON account_merges (vendor_id, into_id, id);
CREATE TABLE account_merge_moves (
    vendor_id {uuid} NOT NULL,
    merge_id {uuid} NOT NULL,
    kind text NOT NULL,
    moved_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, merge_id, kind, moved_id),
    FOREIGN KEY (vendor_id, merge_id) REFERENCES account_merges (vendor_id, id)
){table};
CREATE TABLE hygiene_settings (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    body text NOT NULL,
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id)
){table};
CREATE TABLE hygiene_audits (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    origin text NOT NULL,
    status text NOT NULL,
    phase text NOT NULL,
    after_id {uuid} NOT NULL,
    steps bigint NOT NULL,
    lease_until {time},
    settings text NOT NULL,
    summary text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    completed_at {time},
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX hygiene_audits_running ON hygiene_audits (vendor_id) WHERE status = 'running';
CREATE INDEX hygiene_audits_in_work ON hygiene_audits (updated_at) WHERE status = 'running';
CREATE TABLE hygiene_findings (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    kind text NOT NULL,
    one_id {uuid} NOT NULL,
    other_id {uuid} NOT NULL,
    partner_id {uuid},
    other_partner_id {uuid},
    across_partners boolean NOT NULL,
    status text NOT NULL,
    details text NOT NULL,
    facts_hash text NOT NULL,
    seen_audit_id {uuid} NOT NULL,
    first_seen_at {time} NOT NULL,
    last_seen_at {time} NOT NULL,
    opened_at {time} NOT NULL,
    resolved_at {time},
    dismissed_at {time},
    dismissed_until {time},
    dismissed_by_kind text,
    dismissed_by_id text,
    dismiss_reason text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, other_partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE UNIQUE INDEX hygiene_findings_by_subject ON hygiene_findings (vendor_id, kind, one_id, other_id);
CREATE INDEX hygiene_findings_by_other ON hygiene_findings (vendor_id, kind, other_id);
CREATE INDEX hygiene_findings_by_status ON hygiene_findings (vendor_id, status, kind, id);
CREATE INDEX hygiene_findings_by_dismissal ON hygiene_findings (vendor_id, id) WHERE dismiss_reason IS NOT NULL;
INSERT INTO timers (vendor_id, kind, subject, due_at, attempts) SELECT id, 'hygiene_nightly', 'nightly', created_at, 0 FROM vendors
";
