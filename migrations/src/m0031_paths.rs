//! Paths, the partners on them, and what is owed on the way.
//!
//! The second index of `onboardings` lets a partner have one that runs.

pub const SQL: &str = "
CREATE TABLE onboarding_paths (
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
CREATE UNIQUE INDEX onboarding_paths_by_version ON onboarding_paths (vendor_id, name, version);
CREATE TABLE onboardings (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    path_id {uuid} NOT NULL,
    status text NOT NULL,
    reason text,
    started_at {time} NOT NULL,
    ended_at {time},
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, path_id) REFERENCES onboarding_paths (vendor_id, id)
){table};
CREATE INDEX onboardings_by_partner ON onboardings (vendor_id, partner_id, id);
CREATE UNIQUE INDEX onboardings_running ON onboardings (vendor_id, partner_id) WHERE status = 'running';
CREATE INDEX onboardings_by_status ON onboardings (vendor_id, status, id);
CREATE TABLE onboarding_milestones (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    onboarding_id {uuid} NOT NULL,
    milestone text NOT NULL,
    reached_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, onboarding_id, milestone),
    FOREIGN KEY (vendor_id, onboarding_id) REFERENCES onboardings (vendor_id, id)
){table};
CREATE TABLE onboarding_tasks (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    onboarding_id {uuid} NOT NULL,
    partner_id {uuid} NOT NULL,
    path_id {uuid} NOT NULL,
    task text NOT NULL,
    owner text NOT NULL,
    status text NOT NULL,
    overdue bigint NOT NULL,
    opened_at {time},
    due_at {time},
    ended_at {time},
    ended_by text,
    ended_by_event bigint,
    note text,
    link text,
    revision bigint NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, onboarding_id) REFERENCES onboardings (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id),
    FOREIGN KEY (vendor_id, path_id) REFERENCES onboarding_paths (vendor_id, id)
){table};
CREATE UNIQUE INDEX onboarding_tasks_by_task ON onboarding_tasks (vendor_id, onboarding_id, task);
CREATE INDEX onboarding_tasks_by_partner ON onboarding_tasks (vendor_id, partner_id, id);
CREATE INDEX onboarding_tasks_by_status ON onboarding_tasks (vendor_id, status, owner, id);
";
