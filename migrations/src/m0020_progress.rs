//! Progress of deals, requests for more time, who waits for a customer to be free, and signing keys that are kept for what they signed.
//!
//! `deal_progress` is written before the deal that it is about, hence the deferred reference.

pub const SQL: &str = "
ALTER TABLE signing_keys ADD COLUMN kept_until {time};
CREATE INDEX deals_by_creation ON deals (vendor_id, created_at, id);
CREATE TABLE deal_progress (
    vendor_id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    progressed_at {time} NOT NULL,
    kind text NOT NULL,
    looked_at {time} NOT NULL,
    warned_at {time},
    PRIMARY KEY (vendor_id, deal_id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id) DEFERRABLE INITIALLY DEFERRED
){table};
CREATE TABLE deal_activities (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    kind text NOT NULL,
    on_day text NOT NULL,
    note text,
    side text NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id)
){table};
CREATE INDEX deal_activities_by_deal ON deal_activities (vendor_id, deal_id, id);
CREATE TABLE deal_extensions (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    status text NOT NULL,
    days bigint NOT NULL,
    reason text NOT NULL,
    code text NOT NULL,
    sentence text NOT NULL,
    rule text,
    requested_at {time} NOT NULL,
    decided_at {time},
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id)
){table};
CREATE INDEX deal_extensions_by_deal ON deal_extensions (vendor_id, deal_id, id);
CREATE UNIQUE INDEX deal_extensions_open ON deal_extensions (vendor_id, deal_id) WHERE status = 'open';
CREATE TABLE deal_watches (
    vendor_id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    waits_for {uuid} NOT NULL,
    status text NOT NULL,
    asked_at {time} NOT NULL,
    turn {uuid} NOT NULL,
    offered_until {time},
    PRIMARY KEY (vendor_id, deal_id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id),
    FOREIGN KEY (vendor_id, waits_for) REFERENCES deals (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX deal_watches_by_holder ON deal_watches (vendor_id, waits_for, status, asked_at, turn);
";
