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
";
