//! Every setting, in one table: what `prm settings` prints, what the README shows, and all that is accepted.

use std::fmt::Write as _;

/// A setting.
pub struct Setting {
    /// Its environment variable. In the file: without `PRM_`, in lower case.
    pub name: &'static str,
    /// What holds if it is not set, as a value or in words.
    pub default: &'static str,
    /// What it does.
    pub what: &'static str,
}

const fn setting(name: &'static str, default: &'static str, what: &'static str) -> Setting {
    Setting { name, default, what }
}

/// Every setting, in the order in which one meets them.
pub const SETTINGS: &[Setting] = &[
    setting(
        "PRM_CONFIG",
        "none",
        "A TOML file with the other settings, e.g. `database_url = \"…\"`; the environment comes before it. Also `--config`.",
    ),
    setting("PRM_DATABASE_URL", "`sqlite://prm.db`", "`sqlite://path` or `postgres://user:password@host/database`."),
    setting(
        "PRM_MIGRATION_DATABASE_URL",
        "none",
        "Postgres only: the same database as the owner of its tables, used for migrations alone; then the user of `PRM_DATABASE_URL` needs no rights of its own. Without it that user is the owner, and the service steps down to the role `prm_app`.",
    ),
    setting("PRM_LISTEN", "`127.0.0.1:8080`", "Address and port to listen on."),
    setting(
        "PRM_PUBLIC_URL",
        "`http://` and the address",
        "How callers reach this service, e.g. `https://prm.example.com`; issuer and audience of access tokens.",
    ),
    setting(
        "PRM_SECRET_KEY",
        "SQLite: `<database file>.key`",
        "Encrypts secrets at rest: 32 bytes in base64, from `prm key`. With SQLite a key file is made at the first start; with Postgres it must be set, the same for every instance.",
    ),
    setting(
        "PRM_SECRET_KEY_PREVIOUS",
        "none",
        "Further keys that open what they sealed, separated by commas. To change the key without a pause: add the new key here on every instance; then swap the two; `prm keys reseal`; then take the old one out.",
    ),
    setting(
        "PRM_OPERATOR_KEY",
        "none",
        "At least 32 characters. Who holds it may make vendors with `POST /v1/vendors`; without it only `prm vendor create` does.",
    ),
    setting(
        "PRM_ALLOWED_ORIGINS",
        "none",
        "Origins of web pages that may call the API from a browser, separated by commas, e.g. `https://portal.example.com`.",
    ),
    setting("PRM_OTLP_ENDPOINT", "none", "Send traces and metrics here over OTLP/HTTP, e.g. `http://collector:4318`."),
    setting("PRM_LOG", "`info`", "What is logged: a level, or `target=level` pairs separated by commas."),
    setting("PRM_LOG_FORMAT", "`text` on a terminal, else `json`", "`text` or `json`."),
    setting("PRM_DB_CONNECTIONS", "8 (SQLite), 20 (Postgres)", "Connections to Postgres, or readers of SQLite, 1 to 1000."),
    setting("PRM_BODY_LIMIT", "1048576", "Bytes of a request's body, 1024 to 67108864; the content of an import may always have 64 MiB."),
    setting("PRM_REQUEST_TIMEOUT", "30", "Seconds until a request is given up, 1 to 3600."),
    setting("PRM_READ_TIMEOUT", "10", "Seconds in which a request's head has to come, and in which something of its body has to, 1 to 3600."),
    setting("PRM_KEEP_ALIVE", "75", "Seconds that a connection may rest between requests, 1 to 3600; more than a proxy in front keeps it."),
    setting(
        "PRM_CONCURRENCY",
        "1024",
        "Requests in hand at once, 1 to 100000; more get 503. One vendor has at most as many of them as are free: alone the half.",
    ),
    setting("PRM_CONNECTIONS", "10000", "Connections at once, 1 to 1000000."),
    setting("PRM_CONNECTIONS_PER_ADDRESS", "512", "Of these, from one address that is no trusted proxy's; 0 is no limit."),
    setting(
        "PRM_RATE_LIMIT_VENDOR",
        "12000",
        "Requests a minute of one vendor, up to a second's worth, or ten, at once, of which all but ten are served in a row; 0 is no limit. `prm vendor limit` sets one vendor's. Each instance counts by itself.",
    ),
    setting("PRM_RATE_LIMIT_KEY", "6000", "Requests a minute of one API key or person, up to ten seconds' worth, or ten, at once; 0 is no limit."),
    setting(
        "PRM_RATE_LIMIT_FAILURES",
        "120",
        "Requests a minute from one address that are refused with 401 before it gets 429; at once as of a vendor.",
    ),
    setting(
        "PRM_TRUSTED_PROXIES",
        "none",
        "Addresses or networks of proxies in front, separated by commas, e.g. `10.0.0.0/8`; only they are believed whom they were called by.",
    ),
    setting("PRM_FORWARDED_HEADER", "`x-forwarded-for`", "The header in which they say it: `x-forwarded-for` or `forwarded`; the other is not read."),
    setting(
        "PRM_SMTP_URL",
        "none",
        "The mail server for invitations, password resets and notifications: `smtps://user:password@host`, or `smtp://user:password@host:587?tls=required`. Without it no mail goes out, and an invitation's link is in the answer to whoever invites.",
    ),
    setting("PRM_MAIL_FROM", "none", "The sender of mail, e.g. `Contoso Partners <partners@contoso.example>`; set together with `PRM_SMTP_URL`."),
    setting(
        "PRM_WEBHOOK_ALLOW_PRIVATE",
        "`false`",
        "`true` lets webhooks and chats reach private, loopback and link-local addresses. For tests and closed networks only.",
    ),
    setting(
        "PRM_SSO_ALLOW_PRIVATE",
        "`false`",
        "`true` lets identity providers and trusted issuers lie at private addresses and speak plain http. For tests and closed networks only.",
    ),
    setting("PRM_SHUTDOWN_GRACE", "20", "Seconds that a graceful stop may take, 0 to 3600."),
];

/// The table in Markdown.
pub fn markdown() -> String {
    let mut table = "| setting | default | what it does |\n|---|---|---|\n".to_owned();
    for Setting { name, default, what } in SETTINGS {
        let _ = writeln!(table, "| `{name}` | {default} | {what} |");
    }
    table
}

/// The name of a setting in the file.
pub fn in_file(name: &str) -> String {
    name.trim_start_matches("PRM_").to_ascii_lowercase()
}
