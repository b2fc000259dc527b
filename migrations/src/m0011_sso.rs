//! Single sign-on: identity providers, identities, sign-ins under way, and trusted issuers.

pub const SQL: &str = "
CREATE TABLE identity_providers (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    partner_id {uuid},
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    client_secret {bytes},
    settings text NOT NULL,
    status text NOT NULL,
    ceiling text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, partner_id) REFERENCES partners (vendor_id, id)
){table};
CREATE INDEX identity_providers_by_issuer ON identity_providers (issuer, client_id);
CREATE TABLE identity_provider_domains (
    vendor_id {uuid} NOT NULL,
    domain text NOT NULL,
    provider_id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, domain),
    FOREIGN KEY (vendor_id, provider_id) REFERENCES identity_providers (vendor_id, id)
){table};
CREATE INDEX identity_provider_domains_by_provider ON identity_provider_domains (vendor_id, provider_id);
CREATE TABLE identities (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    person_id {uuid} NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE UNIQUE INDEX identities_by_subject ON identities (vendor_id, issuer, subject);
CREATE INDEX identities_by_person ON identities (vendor_id, person_id);
CREATE TABLE sso_attempts (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    state_hash {bytes} NOT NULL,
    browser_hash {bytes} NOT NULL,
    provider_id {uuid} NOT NULL,
    sealed {bytes} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX sso_attempts_by_state ON sso_attempts (state_hash);
CREATE INDEX sso_attempts_by_expiry ON sso_attempts (vendor_id, expires_at);
CREATE TABLE sign_in_codes (
    vendor_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    code_hash {bytes} NOT NULL,
    person_id {uuid} NOT NULL,
    portal_id {uuid} NOT NULL,
    provider_id {uuid} NOT NULL,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    methods text NOT NULL,
    subject text NOT NULL,
    provider_session text,
    device text,
    expires_at {time} NOT NULL,
    session_id {uuid},
    PRIMARY KEY (vendor_id, id),
    FOREIGN KEY (vendor_id, person_id) REFERENCES people (vendor_id, id)
){table};
CREATE UNIQUE INDEX sign_in_codes_by_hash ON sign_in_codes (code_hash);
CREATE INDEX sign_in_codes_by_expiry ON sign_in_codes (vendor_id, expires_at);
CREATE TABLE federated_sessions (
    vendor_id {uuid} NOT NULL,
    session_id {uuid} NOT NULL,
    provider_id {uuid} NOT NULL,
    subject text NOT NULL,
    provider_session text,
    PRIMARY KEY (vendor_id, session_id),
    FOREIGN KEY (vendor_id, session_id) REFERENCES sessions (vendor_id, id)
){table};
CREATE INDEX federated_sessions_by_subject ON federated_sessions (vendor_id, provider_id, subject);
CREATE TABLE logout_tokens (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    provider_id {uuid} NOT NULL,
    token_id text NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, provider_id, token_id)
){table};
CREATE TABLE trusted_issuers (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    issuer text NOT NULL,
    audience text NOT NULL,
    settings text NOT NULL,
    status text NOT NULL,
    ceiling text,
    revision bigint NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (vendor_id, id)
){table};
CREATE UNIQUE INDEX trusted_issuers_by_audience ON trusted_issuers (issuer, audience);
";
