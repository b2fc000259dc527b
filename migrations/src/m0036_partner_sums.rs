//! What is open of each partner as one sum: it tells which partners lead without reading every cell.

pub const SQL: &str = "
CREATE TABLE pipeline_partners (
    vendor_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    deals bigint NOT NULL,
    amount_high bigint NOT NULL,
    amount_low bigint NOT NULL,
    PRIMARY KEY (vendor_id, partner_id, currency, kind),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
INSERT INTO pipeline_partners (vendor_id, partner_id, kind, currency, deals, amount_high, amount_low)
SELECT vendor_id, partner_id, kind, currency, SUM(deals), SUM(amount_high), SUM(amount_low) FROM pipeline_cells
GROUP BY vendor_id, partner_id, kind, currency;
";
