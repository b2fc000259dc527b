//! How long it took from handing in an application to the partner's first signed agreement and its first approved deal.

pub const SQL: &str = "
ALTER TABLE applications ADD COLUMN signed_at {time};
ALTER TABLE applications ADD COLUMN first_deal_at {time};
ALTER TABLE applications ADD COLUMN seconds_to_sign bigint;
ALTER TABLE applications ADD COLUMN seconds_to_deal bigint;
CREATE INDEX applications_by_partner ON applications (vendor_id, partner_id);
";
