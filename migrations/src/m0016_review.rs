//! Business calendars, the review of deals under them, and what is said about deals.
//!
//! `deals.review` is the state of a deal's review, `review_due_at` when it ought to have ended while its clock runs.

pub const SQL: &str = "
CREATE TABLE business_calendars (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    name text NOT NULL,
    title text NOT NULL,
    time_zone text NOT NULL,
    hours text NOT NULL,
    holidays text NOT NULL,
    is_default integer NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, name)
){table};
ALTER TABLE deals ADD COLUMN review text;
ALTER TABLE deals ADD COLUMN review_due_at {time};
CREATE INDEX deals_by_review ON deals (vendor_id, review_due_at, id) WHERE review_due_at IS NOT NULL;
CREATE TABLE deal_remarks (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    internal integer NOT NULL,
    author_kind text NOT NULL,
    author_id text NOT NULL,
    by_partner integer NOT NULL,
    text text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    edited_at {time},
    deleted_at {time},
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX deal_remarks_by_deal ON deal_remarks (vendor_id, deal_id, internal, id);
CREATE INDEX deal_remarks_by_author ON deal_remarks (vendor_id, author_id);
";
