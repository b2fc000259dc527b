//! The web pages that may call for a vendor, and a limit of its own.

pub const SQL: &str = "
ALTER TABLE vendors ADD COLUMN allowed_origins text NOT NULL DEFAULT '[]';
ALTER TABLE vendors ADD COLUMN rate_limit bigint;
";
