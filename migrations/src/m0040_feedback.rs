//! Surveys: what is asked, who is asked, what was answered, and the links to answer by.
//!
//! The second index of invitations asks a person once about one thing.

pub const SQL: &str = "
CREATE TABLE surveys (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    body text NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX surveys_by_version ON surveys (vendor_id, name, version);
CREATE TABLE survey_invitations (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    survey_id {uuid} NOT NULL,
    survey text NOT NULL,
    partner_id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    about text NOT NULL,
    answers text,
    psat bigint,
    nps bigint,
    sent_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    answered_at {time},
    revision bigint NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, survey_id) REFERENCES surveys (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE UNIQUE INDEX survey_invitations_once ON survey_invitations (vendor_id, survey_id, person_id, about);
CREATE INDEX survey_invitations_by_survey ON survey_invitations (vendor_id, survey_id, id);
CREATE INDEX survey_invitations_by_person ON survey_invitations (vendor_id, person_id, id);
CREATE TABLE survey_answers (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    invitation_id {uuid} NOT NULL,
    question text NOT NULL,
    survey_id {uuid} NOT NULL,
    kind text NOT NULL,
    number bigint,
    choice text,
    partner_type text NOT NULL,
    tier text,
    region text,
    month text NOT NULL,
    PRIMARY KEY (vendor_id, invitation_id, question),
    FOREIGN KEY (vendor_id, invitation_id) REFERENCES survey_invitations (vendor_id, id),
    FOREIGN KEY (vendor_id, survey_id) REFERENCES surveys (vendor_id, id)
){table};
CREATE INDEX survey_answers_by_survey ON survey_answers (vendor_id, survey_id, question);
CREATE TABLE survey_links (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    hash {code} NOT NULL,
    invitation_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, hash),
    FOREIGN KEY (vendor_id, invitation_id) REFERENCES survey_invitations (vendor_id, id)
){table};
CREATE INDEX survey_links_by_invitation ON survey_links (vendor_id, invitation_id);
";
