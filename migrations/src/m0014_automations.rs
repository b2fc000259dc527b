//! Automations: what vendors changed or added, and their runs.
//!
//! A standard automation has no row until its vendor changes it; a row without a definition does what the standard says. A run is one
//! event that started one automation; its steps keep what they were planned with. `automation_effects` tells which run emitted an event.
//! What happened before automations were there starts none.

pub const SQL: &str = "
CREATE TABLE automations (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    name text NOT NULL,
    definition text,
    enabled boolean NOT NULL,
    active_after bigint NOT NULL,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, name)
){table};
CREATE TABLE automation_runs (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    automation text NOT NULL,
    automation_revision bigint NOT NULL,
    event_id {uuid} NOT NULL,
    event_type text NOT NULL,
    sequence bigint NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    subject_revision bigint NOT NULL,
    depth bigint NOT NULL,
    root bigint NOT NULL,
    state text NOT NULL,
    reason_code text,
    reason text,
    started_at {time} NOT NULL,
    ended_at {time},
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX automation_runs_by_event ON automation_runs (vendor_id, sequence, automation);
CREATE INDEX automation_runs_by_automation ON automation_runs (vendor_id, automation, id);
CREATE INDEX automation_runs_by_subject ON automation_runs (vendor_id, subject_id, id);
CREATE INDEX automation_runs_by_state ON automation_runs (vendor_id, state, id);
CREATE INDEX automation_runs_by_end ON automation_runs (vendor_id, ended_at);
CREATE INDEX automation_runs_by_root ON automation_runs (vendor_id, root);
CREATE TABLE automation_run_steps (
    vendor_id {uuid} NOT NULL,
    run_id {uuid} NOT NULL,
    position bigint NOT NULL,
    step text NOT NULL,
    parameters text NOT NULL,
    condition text,
    state text NOT NULL,
    due_at {time},
    retry_at {time},
    attempts bigint NOT NULL,
    ended_at {time},
    did text,
    reason_code text,
    reason text,
    PRIMARY KEY (vendor_id, run_id, position),
    FOREIGN KEY (vendor_id, run_id) REFERENCES automation_runs (vendor_id, id)
){table};
CREATE TABLE automation_effects (
    vendor_id {uuid} NOT NULL,
    event_id {uuid} NOT NULL,
    run_id {uuid} NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (vendor_id, event_id),
    FOREIGN KEY (vendor_id, run_id) REFERENCES automation_runs (vendor_id, id)
){table};
CREATE INDEX automation_effects_by_run ON automation_effects (vendor_id, run_id);
INSERT INTO readers (vendor_id, name, sequence) SELECT vendor_id, 'automations', sequence FROM log_heads
";
