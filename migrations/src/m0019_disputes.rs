//! Disputes about who holds a customer, what was said and found in them, protection that stands still meanwhile,
//! and what people have judged of two companies.

pub const SQL: &str = "
CREATE TABLE disputes (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    stage text NOT NULL,
    pair text,
    opened_by_kind text NOT NULL,
    opened_by_id text NOT NULL,
    opened_by_party boolean NOT NULL,
    reviewer_id {uuid},
    nobody_neutral boolean NOT NULL,
    reviewed_before text NOT NULL,
    statements_until {time} NOT NULL,
    due_at {time},
    warned boolean NOT NULL,
    overdue bigint NOT NULL,
    appeal_until {time},
    appealed_by text,
    proposal text,
    decision text,
    first_decision text,
    rules_version bigint NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, reviewer_id) REFERENCES people (vendor_id, id)
){table};
CREATE UNIQUE INDEX disputes_by_pair ON disputes (vendor_id, pair);
CREATE INDEX disputes_by_reviewer ON disputes (vendor_id, reviewer_id, stage);
CREATE INDEX disputes_by_update ON disputes (vendor_id, updated_at, id);
CREATE TABLE dispute_parties (
    vendor_id {uuid} NOT NULL,
    dispute_id {uuid} NOT NULL,
    label text NOT NULL,
    partner_id {uuid},
    deal_id {uuid},
    claimant boolean NOT NULL,
    stated boolean NOT NULL,
    agreed boolean NOT NULL,
    PRIMARY KEY (vendor_id, dispute_id, label),
    FOREIGN KEY (vendor_id, dispute_id) REFERENCES disputes (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id)
){table};
CREATE INDEX dispute_parties_by_partner ON dispute_parties (vendor_id, partner_id, dispute_id);
CREATE INDEX dispute_parties_by_deal ON dispute_parties (vendor_id, deal_id);
CREATE TABLE dispute_evidence (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    dispute_id {uuid} NOT NULL,
    kind text NOT NULL,
    party text,
    sequence bigint,
    event_id {uuid},
    occurred_at {time} NOT NULL,
    content text NOT NULL,
    author_kind text,
    author_id text,
    disclosed_to text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, dispute_id) REFERENCES disputes (vendor_id, id)
){table};
CREATE INDEX dispute_evidence_by_dispute ON dispute_evidence (vendor_id, dispute_id, id);
CREATE TABLE deal_freezes (
    vendor_id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    since {time} NOT NULL,
    until_before {time} NOT NULL,
    frozen_until {time} NOT NULL,
    PRIMARY KEY (vendor_id, deal_id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id)
){table};
ALTER TABLE deals ADD COLUMN share_percent integer;
ALTER TABLE deals ADD COLUMN share_dispute_id {uuid};
CREATE INDEX deals_by_share ON deals (vendor_id, share_dispute_id);
CREATE TABLE match_verdicts (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    verdict text NOT NULL,
    overrides_exact boolean NOT NULL,
    one text NOT NULL,
    other text NOT NULL,
    one_partner_id {uuid},
    other_partner_id {uuid},
    dispute_id {uuid},
    reason text NOT NULL,
    made_by_kind text NOT NULL,
    made_by_id text NOT NULL,
    revoked_at {time},
    revoked_by_kind text,
    revoked_by_id text,
    revoke_reason text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE match_verdict_keys (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    verdict_id {uuid} NOT NULL,
    side text NOT NULL,
    PRIMARY KEY (vendor_id, key, verdict_id, side),
    FOREIGN KEY (vendor_id, verdict_id) REFERENCES match_verdicts (vendor_id, id)
){table};
CREATE INDEX match_verdict_keys_by_verdict ON match_verdict_keys (vendor_id, verdict_id);
";
