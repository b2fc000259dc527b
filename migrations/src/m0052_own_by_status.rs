//! What a partner looks at most: its own deals, or leads, of a status.

pub const SQL: &str = "
CREATE INDEX deals_by_partner_status ON deals (vendor_id, partner_id, status, id);
CREATE INDEX leads_by_partner_status ON leads (vendor_id, partner_id, status, id);
";
