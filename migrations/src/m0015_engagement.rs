//! Notifications: what people are told, how each wants it, in whose words, and the rooms of chats.
//!
//! A notification holds no text: it names its event and its template, and is rendered when it is read. What is erased from the log is
//! erased from it.

pub const SQL: &str = "
CREATE TABLE notifications (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    sequence bigint NOT NULL,
    automation text NOT NULL,
    template text NOT NULL,
    link_type text NOT NULL,
    link_id text NOT NULL,
    in_inbox boolean NOT NULL,
    mail_due_at {time},
    read_at {time},
    archived_at {time},
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE UNIQUE INDEX notifications_once ON notifications (vendor_id, sequence, automation, template, person_id);
CREATE INDEX notifications_by_person ON notifications (vendor_id, person_id, id);
CREATE INDEX notifications_by_age ON notifications (created_at);
CREATE INDEX notifications_waiting ON notifications (vendor_id, person_id, mail_due_at);
CREATE TABLE notification_preferences (
    vendor_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    content text NOT NULL,
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, person_id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE TABLE notification_templates (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    name text NOT NULL,
    language text NOT NULL,
    subject text NOT NULL,
    content text NOT NULL,
    html text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, name, language)
){table};
CREATE TABLE notification_channels (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    url {bytes} NOT NULL,
    host text NOT NULL,
    templates text NOT NULL,
    language text NOT NULL,
    status text NOT NULL,
    last_error text,
    failing_since {time},
    last_sent_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE TABLE chat_messages (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    channel_id {uuid} NOT NULL,
    sequence bigint NOT NULL,
    automation text NOT NULL,
    template text NOT NULL,
    link_type text NOT NULL,
    link_id text NOT NULL,
    attempts bigint NOT NULL,
    due_at {time},
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, channel_id) REFERENCES notification_channels (vendor_id, id)
){table};
CREATE UNIQUE INDEX chat_messages_once ON chat_messages (vendor_id, sequence, automation, template, channel_id);
CREATE INDEX chat_messages_due ON chat_messages (due_at);
CREATE INDEX chat_messages_by_channel ON chat_messages (vendor_id, channel_id);
";
