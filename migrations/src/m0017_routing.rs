//! Who works on what: queues and their members, absences, and to whom a deal in review is assigned.
//!
//! `deals.pool_id` is what an unassigned deal waits for: a queue, or a person who was away. The deal names no queue by reference, since
//! published rules may name one that there is not (yet). The partial indexes hold open work only, however many deals there were.

pub const SQL: &str = "
CREATE TABLE absences (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    begins_at {time} NOT NULL,
    ends_at {time} NOT NULL,
    cover_id {uuid},
    hand_over boolean NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id),
    FOREIGN KEY (vendor_id, cover_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX absences_by_person ON absences (vendor_id, person_id, ends_at);
CREATE INDEX absences_by_cover ON absences (vendor_id, cover_id);
CREATE TABLE queues (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    description text,
    dealing text NOT NULL,
    member_limit bigint,
    cover text,
    escalates_to text NOT NULL,
    turns bigint NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX queues_by_name ON queues (vendor_id, name);
CREATE TABLE queue_members (
    vendor_id {uuid} NOT NULL,
    queue_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    place bigint NOT NULL,
    turn bigint NOT NULL,
    dealt bigint NOT NULL,
    PRIMARY KEY (vendor_id, queue_id, person_id),
    FOREIGN KEY (vendor_id, queue_id) REFERENCES queues (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX queue_members_by_person ON queue_members (vendor_id, person_id, queue_id);
ALTER TABLE deals ADD COLUMN assignee_id {uuid};
ALTER TABLE deals ADD COLUMN queue text;
ALTER TABLE deals ADD COLUMN pool_id {uuid};
ALTER TABLE deals ADD COLUMN assigned_at {time};
ALTER TABLE deals ADD COLUMN assignment text;
ALTER TABLE deals ADD COLUMN review_since {time};
ALTER TABLE deals ADD COLUMN channel_manager_id {uuid};
CREATE INDEX deals_by_assignee ON deals (vendor_id, assignee_id, status, review_since, id);
CREATE INDEX deals_by_queue ON deals (vendor_id, queue, status, id) WHERE queue IS NOT NULL;
CREATE INDEX deals_by_pool ON deals (vendor_id, pool_id, review_since, id) WHERE status = 'in_review' AND assignee_id IS NULL;
";
