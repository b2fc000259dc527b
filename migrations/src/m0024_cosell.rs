//! Co-sell requests: help that is asked for with a deal, who takes part, the next steps, and who contributed what.

pub const SQL: &str = "
ALTER TABLE deals ADD COLUMN cosell_request_id {uuid};
CREATE TABLE cosell_requests (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    customer_name text NOT NULL,
    status text NOT NULL,
    helps text NOT NULL,
    urgency text NOT NULL,
    needs text,
    brings text,
    customer_contact text NOT NULL,
    asked_by_side text NOT NULL,
    asked_by_id {uuid},
    answer text,
    rules_version bigint NOT NULL,
    due_at {time},
    overdue bigint NOT NULL,
    outcome text,
    reason text,
    proposal text,
    settled text,
    closed_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE UNIQUE INDEX cosell_requests_open ON cosell_requests (vendor_id, deal_id)
    WHERE status IN ('requested', 'accepted', 'working', 'closing');
CREATE INDEX cosell_requests_by_deal ON cosell_requests (vendor_id, deal_id, id);
CREATE INDEX cosell_requests_by_partner ON cosell_requests (vendor_id, partner_id, id);
CREATE INDEX cosell_requests_by_status ON cosell_requests (vendor_id, status, id);
CREATE TABLE cosell_participants (
    vendor_id {uuid} NOT NULL,
    request_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    side text NOT NULL,
    helps text NOT NULL,
    brought_in text NOT NULL,
    joined_at {time} NOT NULL,
    left_at {time},
    left_reason text,
    PRIMARY KEY (vendor_id, request_id, person_id),
    FOREIGN KEY (vendor_id, request_id) REFERENCES cosell_requests (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX cosell_participants_by_person ON cosell_participants (vendor_id, person_id, request_id);
CREATE TABLE cosell_tasks (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    request_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    place bigint NOT NULL,
    title text NOT NULL,
    note text,
    owner_id {uuid},
    due_at {time},
    overdue_at {time},
    done_at {time},
    done_by_side text,
    written_by_id {uuid},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, request_id) REFERENCES cosell_requests (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, owner_id) REFERENCES people (vendor_id, id)
){table};
CREATE INDEX cosell_tasks_by_request ON cosell_tasks (vendor_id, request_id, place, id);
CREATE INDEX cosell_tasks_by_owner ON cosell_tasks (vendor_id, owner_id, id);
CREATE INDEX cosell_tasks_by_partner ON cosell_tasks (vendor_id, partner_id, id);
CREATE TABLE cosell_contributions (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    request_id {uuid} NOT NULL,
    deal_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    side text NOT NULL,
    person_id {uuid},
    help text,
    what text,
    basis_points bigint NOT NULL,
    settled text NOT NULL,
    said_by_id {uuid},
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, request_id) REFERENCES cosell_requests (vendor_id, id),
    FOREIGN KEY (vendor_id, deal_id) REFERENCES deals (vendor_id, id)
){table};
CREATE INDEX cosell_contributions_by_request ON cosell_contributions (vendor_id, request_id, id);
CREATE INDEX cosell_contributions_by_deal ON cosell_contributions (vendor_id, deal_id, id);
";
