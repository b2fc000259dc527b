//! Leads, the rules that distribute them, whom they were offered to, and referrals with their rewards.
//!
//! A key of `referral_keys` is held by one referral: the first wins. A reward is never changed; one that is undone gets a record against it.

pub const SQL: &str = "
ALTER TABLE deals ADD COLUMN source_kind text;
ALTER TABLE deals ADD COLUMN source_id {uuid};
CREATE TABLE lead_rules (
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
CREATE UNIQUE INDEX lead_rules_by_version ON lead_rules (vendor_id, version);
CREATE TABLE lead_forms (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    token_hash text NOT NULL,
    campaign text,
    per_minute bigint NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE leads (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    status text NOT NULL,
    partner_id {uuid},
    company_name text NOT NULL,
    company text NOT NULL,
    contact text,
    email_key text,
    message text,
    region text,
    segment text,
    interests text NOT NULL,
    amount bigint,
    currency text,
    campaign text,
    source text NOT NULL,
    source_id {uuid},
    external_id text,
    scoring text NOT NULL,
    score bigint NOT NULL,
    duplicates text NOT NULL,
    offers bigint NOT NULL,
    offer_until {time},
    accepted_at {time},
    stage text,
    reason text,
    deal_id {uuid},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX leads_by_partner ON leads (vendor_id, partner_id, id);
CREATE INDEX leads_by_status ON leads (vendor_id, status, id);
CREATE INDEX leads_by_update ON leads (vendor_id, updated_at, id);
CREATE INDEX leads_by_email ON leads (vendor_id, email_key);
CREATE INDEX leads_by_deal ON leads (vendor_id, deal_id);
CREATE UNIQUE INDEX leads_by_external_id ON leads (vendor_id, external_id);
CREATE TABLE lead_keys (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    lead_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, key, lead_id),
    FOREIGN KEY (vendor_id, lead_id) REFERENCES leads (vendor_id, id)
){table};
CREATE INDEX lead_keys_by_lead ON lead_keys (vendor_id, lead_id);
CREATE TABLE lead_offers (
    vendor_id {uuid} NOT NULL,
    lead_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    number bigint NOT NULL,
    outcome text NOT NULL,
    reason text,
    why text NOT NULL,
    offered_at {time} NOT NULL,
    until {time} NOT NULL,
    answered_at {time},
    seconds bigint,
    PRIMARY KEY (vendor_id, lead_id, partner_id),
    FOREIGN KEY (vendor_id, lead_id) REFERENCES leads (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX lead_offers_by_time ON lead_offers (vendor_id, offered_at);
CREATE TABLE lead_shares (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    credit bigint NOT NULL,
    PRIMARY KEY (vendor_id, partner_id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE TABLE named_accounts (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    partner_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE UNIQUE INDEX named_accounts_by_key ON named_accounts (vendor_id, key);
CREATE TABLE referrals (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    status text NOT NULL,
    company_name text NOT NULL,
    company text NOT NULL,
    contact text,
    email_key text,
    note text,
    product text,
    amount bigint,
    currency text,
    conflicts text NOT NULL,
    assignee_id {uuid},
    stage text,
    reason text,
    opportunity_external_id text,
    expires_at {time} NOT NULL,
    closed_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX referrals_by_partner ON referrals (vendor_id, partner_id, id);
CREATE INDEX referrals_by_status ON referrals (vendor_id, status, id);
CREATE INDEX referrals_by_email ON referrals (vendor_id, email_key);
CREATE INDEX referrals_by_opportunity ON referrals (vendor_id, opportunity_external_id);
CREATE TABLE referral_keys (
    vendor_id {uuid} NOT NULL,
    key text NOT NULL,
    referral_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, key),
    FOREIGN KEY (vendor_id, referral_id) REFERENCES referrals (vendor_id, id) DEFERRABLE INITIALLY DEFERRED
){table};
CREATE INDEX referral_keys_by_referral ON referral_keys (vendor_id, referral_id);
CREATE TABLE referral_rewards (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    referral_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    reverses_id {uuid},
    amount bigint NOT NULL,
    currency text NOT NULL,
    rules_version bigint NOT NULL,
    rule text NOT NULL,
    facts text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, referral_id) REFERENCES referrals (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX referral_rewards_by_referral ON referral_rewards (vendor_id, referral_id);
CREATE INDEX referral_rewards_by_partner ON referral_rewards (vendor_id, partner_id, id);
CREATE UNIQUE INDEX referral_rewards_reversed_once ON referral_rewards (vendor_id, reverses_id);
";
