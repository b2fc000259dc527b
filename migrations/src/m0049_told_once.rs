//! Somebody is told once of one thing at one moment: a sequence may say the same again, later.

pub const SQL: &str = "
ALTER TABLE notifications ADD COLUMN moment {time};
DROP INDEX notifications_once;
CREATE UNIQUE INDEX notifications_once ON notifications (vendor_id, sequence, automation, template, person_id, moment);
ALTER TABLE chat_messages ADD COLUMN moment {time};
DROP INDEX chat_messages_once;
CREATE UNIQUE INDEX chat_messages_once ON chat_messages (vendor_id, sequence, automation, template, channel_id, moment);
";
