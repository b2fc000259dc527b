//! Reviews of partners with what was found, and the actions that were agreed.

pub const SQL: &str = "
CREATE TABLE partner_reviews (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    held_on date NOT NULL,
    period_from date,
    period_to date,
    summary text,
    swot text NOT NULL,
    shared boolean NOT NULL,
    next_on date,
    told_on date,
    author_kind text NOT NULL,
    author_id text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX partner_reviews_by_partner ON partner_reviews (vendor_id, partner_id, held_on, id);
CREATE INDEX partner_reviews_by_day ON partner_reviews (vendor_id, held_on, id);
CREATE TABLE partner_review_actions (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    review_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    text text NOT NULL,
    side text NOT NULL,
    assignee_id {uuid},
    due_on date,
    status text NOT NULL,
    outcome text,
    told_on date,
    ended_at {time},
    ended_kind text,
    ended_id text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, review_id) REFERENCES partner_reviews (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX partner_review_actions_by_review ON partner_review_actions (vendor_id, review_id, id);
CREATE INDEX partner_review_actions_by_partner ON partner_review_actions (vendor_id, partner_id, id);
CREATE INDEX partner_review_actions_open ON partner_review_actions (vendor_id, due_on) WHERE status = 'open';
";
