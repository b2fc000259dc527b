//! What each partner did with its leads of a year, as one row: the ranking reads every partner, and must not add up a year for each.
//!
//! A total holds the months from `since` on. It is made anew in the write that changes a month; what has fallen out of the year since then is taken off
//! by whoever reads.

pub const SQL: &str = "
CREATE TABLE lead_totals (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    since text NOT NULL,
    answered bigint NOT NULL,
    accepted bigint NOT NULL,
    seconds bigint NOT NULL,
    converted bigint NOT NULL,
    won bigint NOT NULL,
    PRIMARY KEY (vendor_id, partner_id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX lead_totals_by_since ON lead_totals (vendor_id, since);
INSERT INTO lead_totals (vendor_id, partner_id, since, answered, accepted, seconds, converted, won)
    SELECT vendor_id, partner_id, MIN(month), SUM(answered), SUM(accepted), SUM(seconds), SUM(converted), SUM(won)
    FROM lead_records GROUP BY vendor_id, partner_id;
";
