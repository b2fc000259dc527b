//! A link of a survey's letter says itself how long it works, as those of other letters do.

pub const SQL: &str = "
ALTER TABLE survey_links ADD COLUMN expires_at {time};
UPDATE survey_links SET expires_at = (SELECT i.expires_at FROM survey_invitations i
    WHERE i.vendor_id = survey_links.vendor_id AND i.id = survey_links.invitation_id);
";
