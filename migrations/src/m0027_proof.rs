//! Sums that are kept where many rows would be counted: what partners did with their leads, month by month, and figures over segments of partners.
//!
//! An offer knows what came of it; a record is the sum of a partner's offers of one month, moved in the write that moves the offer. Figures are made
//! anew from the log, which holds all that they sum.

pub const SQL: &str = "
ALTER TABLE lead_offers ADD COLUMN converted bigint NOT NULL DEFAULT 0;
ALTER TABLE lead_offers ADD COLUMN won bigint NOT NULL DEFAULT 0;
UPDATE lead_offers SET converted = 1 WHERE outcome = 'accepted' AND EXISTS (SELECT 1 FROM leads
    WHERE leads.vendor_id = lead_offers.vendor_id AND leads.id = lead_offers.lead_id AND leads.deal_id IS NOT NULL);
UPDATE lead_offers SET won = 1 WHERE outcome = 'accepted' AND EXISTS (SELECT 1 FROM leads
    WHERE leads.vendor_id = lead_offers.vendor_id AND leads.id = lead_offers.lead_id AND leads.status = 'won');
CREATE TABLE lead_records (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    month text NOT NULL,
    answered bigint NOT NULL,
    accepted bigint NOT NULL,
    seconds bigint NOT NULL,
    converted bigint NOT NULL,
    won bigint NOT NULL,
    PRIMARY KEY (vendor_id, partner_id, month),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
INSERT INTO lead_records (vendor_id, partner_id, month, answered, accepted, seconds, converted, won)
    SELECT vendor_id, partner_id, SUBSTR(CAST(offered_at AS text), 1, 7), COUNT(*), SUM(CASE WHEN outcome = 'accepted' THEN 1 ELSE 0 END),
        SUM(COALESCE(seconds, 0)), SUM(converted), SUM(won)
    FROM lead_offers WHERE outcome IN ('accepted', 'returned', 'declined', 'lapsed')
    GROUP BY vendor_id, partner_id, SUBSTR(CAST(offered_at AS text), 1, 7);
CREATE TABLE figure_partners (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    tier text NOT NULL,
    region text NOT NULL,
    country text NOT NULL,
    manager text NOT NULL,
    PRIMARY KEY (vendor_id, partner_id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE TABLE pipeline_sums (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    dimension text NOT NULL,
    key text NOT NULL,
    status text NOT NULL,
    stage text NOT NULL,
    month text NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    deals bigint NOT NULL,
    amount_high bigint NOT NULL,
    amount_low bigint NOT NULL,
    PRIMARY KEY (vendor_id, dimension, key, status, stage, month, currency, kind)
){table};
CREATE TABLE tally_sums (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    dimension text NOT NULL,
    key text NOT NULL,
    currency text NOT NULL,
    month text NOT NULL,
    kind text NOT NULL,
    submitted bigint NOT NULL,
    decided bigint NOT NULL,
    automatic bigint NOT NULL,
    decision_seconds bigint NOT NULL,
    approved bigint NOT NULL,
    rejected bigint NOT NULL,
    expired bigint NOT NULL,
    withdrawn bigint NOT NULL,
    lost bigint NOT NULL,
    won bigint NOT NULL,
    won_seconds bigint NOT NULL,
    won_high bigint NOT NULL,
    won_low bigint NOT NULL,
    PRIMARY KEY (vendor_id, dimension, key, currency, month, kind)
){table};
DELETE FROM deal_facts;
DELETE FROM pipeline_cells;
DELETE FROM deal_tallies;
DELETE FROM readers WHERE name = 'analytics.deals';
CREATE INDEX leads_by_open ON leads (vendor_id, status, partner_id);
";
