//! Who may call: API keys, and the keys that sign tokens.

pub const SQL: &str = "
CREATE TABLE signing_keys (
    id text NOT NULL PRIMARY KEY,
    sealed {bytes} NOT NULL,
    public_key {bytes} NOT NULL,
    created_at {time} NOT NULL,
    retires_at {time}
);
CREATE TABLE api_keys (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    hash {bytes} NOT NULL,
    hint text NOT NULL,
    role text NOT NULL,
    scopes text NOT NULL,
    expires_at {time},
    revoked_at {time},
    last_used_at {time},
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash);
";
