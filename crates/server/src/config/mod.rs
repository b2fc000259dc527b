//! Configuration: the environment and one optional file, read once at start, wrong or unknown settings refused.

mod secret;
mod table;

pub use secret::{Secret, fresh_key};
pub use table::{SETTINGS, Setting, markdown};

use crate::Limits;
use crate::frame::{Connections, ForwardedBy, Proxies};
use axum::http::HeaderValue;
use ipnet::IpNet;
use kernel::seal::Sealer;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use url::Url;

/// The largest limit of requests a minute.
const MOST_A_MINUTE: u32 = 10_000_000;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the data is; may hold a password.
    pub database_url: Secret<String>,
    /// The same database as its owner, for migrations; if absent, `database_url` is the owner's.
    pub migration_database_url: Option<Secret<String>>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// How callers reach this service, if it is not simply where it listens.
    pub public_url: Option<String>,
    /// Encrypts secrets at rest; see [`Config::secret_key`].
    pub secret_key: Option<Secret<[u8; 32]>>,
    /// Keys that still open what they sealed; see [`Config::sealer`].
    pub secret_keys_previous: Vec<Secret<[u8; 32]>>,
    /// Makes vendors.
    pub operator_key: Option<Secret<String>>,
    /// Where traces and metrics go.
    pub otlp_endpoint: Option<String>,
    /// What is logged.
    pub log: String,
    /// Whether logs are JSON; by where they go if not set.
    pub log_json: Option<bool>,
    /// Connections to the database; by its kind if not set.
    pub db_connections: Option<u32>,
    /// What a request may cost.
    pub limits: Limits,
    /// How mail goes out, if it does.
    pub mail: Option<Mail>,
    /// How often one may call.
    pub rates: access::limits::Settings,
    /// Whether webhooks may reach private addresses.
    pub webhook_allow_private: bool,
    /// Whether identity providers may lie at private addresses.
    pub sso_allow_private: bool,
    /// How long a graceful stop may take.
    pub shutdown_grace: Duration,
}

/// How mail goes out.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server; may hold a password.
    pub url: Secret<String>,
    /// The sender.
    pub from: String,
}

impl Mail {
    /// What sends it.
    pub fn mailer(&self) -> Result<kernel::mail::Mailer, String> {
        kernel::mail::Mailer::new(&self.url.0, &self.from)
    }
}

/// What is wrong with the configuration: one sentence for each wrong setting, saying what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.join("\n"))
    }
}

impl std::error::Error for Refused {}

impl Config {
    /// Read the environment, and the file that `--config` or `PRM_CONFIG` names.
    pub fn load(file: Option<&Path>) -> Result<Self, Refused> {
        Self::read(file, std::env::vars())
    }

    fn read(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Refused> {
        let mut wrong = Vec::new();
        let mut values: BTreeMap<String, String> = environment.filter(|(name, _)| name.starts_with("PRM_") && !is_foreign(name)).collect();
        let known = |name: &str| SETTINGS.iter().any(|setting| setting.name == name);
        wrong.extend(values.keys().filter(|name| !known(name)).map(|name| format!("{name} is not a setting; `prm settings` lists them all.")));
        let file = file.map(PathBuf::from).or_else(|| values.remove("PRM_CONFIG").map(PathBuf::from));
        if let Some(file) = file {
            match from_file(&file) {
                Ok(found) => values = found.into_iter().chain(values).collect(),
                Err(sentences) => wrong.extend(sentences),
            }
        }
        let config = Self::from_values(&mut Values { values, wrong: &mut wrong });
        if wrong.is_empty() { Ok(config) } else { Err(Refused(wrong)) }
    }

    fn from_values(values: &mut Values) -> Self {
        let listen = values.get("PRM_LISTEN", "an address and a port, e.g. 127.0.0.1:8080", |text| text.parse().ok());
        let limits = Limits::default();
        let read_timeout = values.number("PRM_READ_TIMEOUT", 1, 3_600).map(Duration::from_secs);
        Self {
            database_url: Secret(
                values.get("PRM_DATABASE_URL", "sqlite://path or postgres://…", database_url).unwrap_or_else(|| "sqlite://prm.db".into()),
            ),
            migration_database_url: values.get("PRM_MIGRATION_DATABASE_URL", "postgres://…", postgres_url).map(Secret),
            listen: listen.unwrap_or_else(|| ([127, 0, 0, 1], 8080).into()),
            public_url: values.get("PRM_PUBLIC_URL", "a URL with http or https and without a path, e.g. https://prm.example.com", origin),
            secret_key: values.get("PRM_SECRET_KEY", "32 bytes in base64; `prm key` prints a fresh one", secret::decode).map(Secret),
            secret_keys_previous: values
                .get("PRM_SECRET_KEY_PREVIOUS", "keys of 32 bytes in base64, separated by commas", secret::decode_all)
                .unwrap_or_default(),
            operator_key: values.get("PRM_OPERATOR_KEY", "at least 32 visible characters; `prm key` prints some", operator_key).map(Secret),
            otlp_endpoint: values.get("PRM_OTLP_ENDPOINT", "a URL with http or https, e.g. http://collector:4318", web_url),
            log: values.get("PRM_LOG", "a filter, e.g. info or info,server=debug", log_filter).unwrap_or_else(|| "info".into()),
            log_json: values.get("PRM_LOG_FORMAT", "text or json", |text| ["text", "json"].iter().position(|word| *word == text).map(|at| at == 1)),
            db_connections: values.number("PRM_DB_CONNECTIONS", 1, 1_000),
            rates: access::limits::Settings {
                vendor: values.number("PRM_RATE_LIMIT_VENDOR", 0, MOST_A_MINUTE).unwrap_or(12_000),
                credential: values.number("PRM_RATE_LIMIT_KEY", 0, MOST_A_MINUTE).unwrap_or(6_000),
                failures: values.number("PRM_RATE_LIMIT_FAILURES", 0, MOST_A_MINUTE).unwrap_or(120),
            },
            limits: Limits {
                body: values.number("PRM_BODY_LIMIT", 1_024, 64 << 20).unwrap_or(limits.body),
                time: values.number("PRM_REQUEST_TIMEOUT", 1, 3_600).map_or(limits.time, Duration::from_secs),
                concurrency: values.number("PRM_CONCURRENCY", 1, 100_000).unwrap_or(limits.concurrency),
                origins: values
                    .get("PRM_ALLOWED_ORIGINS", "origins separated by commas, e.g. https://portal.example.com", origins)
                    .unwrap_or_default(),
                body_pause: read_timeout.unwrap_or(limits.body_pause),
                proxies: Proxies {
                    trusted: values
                        .get("PRM_TRUSTED_PROXIES", "addresses or networks separated by commas, e.g. 10.0.0.0/8,192.0.2.7", networks)
                        .unwrap_or_default(),
                    header: values.get("PRM_FORWARDED_HEADER", "x-forwarded-for or forwarded", forwarded_by).unwrap_or_default(),
                },
                connections: Connections {
                    head: read_timeout.unwrap_or(limits.connections.head),
                    idle: values.number("PRM_KEEP_ALIVE", 1, 3_600).map_or(limits.connections.idle, Duration::from_secs),
                    most: values.number("PRM_CONNECTIONS", 1, 1_000_000).unwrap_or(limits.connections.most),
                    per_address: values.number("PRM_CONNECTIONS_PER_ADDRESS", 0, 1_000_000).unwrap_or(limits.connections.per_address),
                    ..limits.connections
                },
                ..limits
            },
            mail: mail(values),
            webhook_allow_private: values.get("PRM_WEBHOOK_ALLOW_PRIVATE", "true or false", |text| text.parse().ok()).unwrap_or(false),
            sso_allow_private: values.get("PRM_SSO_ALLOW_PRIVATE", "true or false", |text| text.parse().ok()).unwrap_or(false),
            shutdown_grace: Duration::from_secs(values.number("PRM_SHUTDOWN_GRACE", 0, 3_600).unwrap_or(20)),
        }
    }

    /// Whether the database is Postgres.
    pub fn is_postgres(&self) -> bool {
        self.database_url.0.starts_with("postgres")
    }

    /// The file of a SQLite database.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let path = self.database_url.0.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }

    /// The sizes of the database's pools.
    pub fn pools(&self) -> kernel::db::Pools {
        kernel::db::Pools { connections: self.db_connections.unwrap_or(if self.is_postgres() { 20 } else { 8 }) }
    }

    /// What a request may cost: as many are carried out at once as keep the database's connections busy.
    pub fn limits(&self) -> Limits {
        const EACH: usize = 4;
        let working = self.limits.working.max(self.pools().connections as usize * EACH);
        Limits { working, ..self.limits.clone() }
    }

    /// What seals with the key of today and opens also what the previous ones sealed.
    pub fn sealer(&self) -> Result<Sealer, Refused> {
        let others: Vec<[u8; 32]> = self.secret_keys_previous.iter().map(|key| key.0).collect();
        Ok(Sealer::with_others(&self.secret_key()?.0, &others))
    }

    /// The key that encrypts secrets at rest; with SQLite it is made at the first start.
    pub fn secret_key(&self) -> Result<Secret<[u8; 32]>, Refused> {
        match (&self.secret_key, self.sqlite_file()) {
            (Some(key), _) => Ok(key.clone()),
            (None, Some(database)) => secret::beside(&database),
            (None, None) => Err(Refused(vec!["Set PRM_SECRET_KEY, the same for every instance; `prm key` prints a fresh one.".into()])),
        }
    }
}

/// Kubernetes puts the address of a service named `prm` into variables that look like ours; tests have their own.
fn is_foreign(name: &str) -> bool {
    ["PRM_SERVICE_", "PRM_PORT_", "PRM_TEST_", "PRM_DEMO_", "PRM_BENCH_"].iter().any(|prefix| name.starts_with(prefix)) || name == "PRM_PORT"
}

/// The settings in a file, under the names that they have in the environment.
fn from_file(file: &Path) -> Result<BTreeMap<String, String>, Vec<String>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|cause| vec![format!("The configuration file {shown} cannot be read: {cause}.")])?;
    let parsed: toml::Table =
        text.parse().map_err(|cause: toml::de::Error| vec![format!("The configuration file {shown} is not TOML: {}.", cause.message())])?;
    let (mut found, mut wrong) = (BTreeMap::new(), Vec::new());
    for (key, value) in parsed {
        let setting = SETTINGS.iter().find(|setting| setting.name != "PRM_CONFIG" && table::in_file(setting.name) == key);
        match (setting, plain(&value)) {
            (Some(setting), Some(value)) => drop(found.insert(setting.name.to_owned(), value)),
            (Some(_), None) => wrong.push(format!("`{key}` in {shown} must be a text, a number, true, false, or a list of texts.")),
            (None, _) => wrong.push(format!("`{key}` in {shown} is not a setting; `prm settings` lists them (here without PRM_, in lower case).")),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => items.iter().map(|item| item.as_str()).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        _ => None,
    }
}

/// What was set, and what turned out to be wrong with it. A value is never repeated: it may be a secret.
struct Values<'a> {
    values: BTreeMap<String, String>,
    wrong: &'a mut Vec<String>,
}

impl Values<'_> {
    fn get<T>(&mut self, name: &'static str, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        debug_assert!(SETTINGS.iter().any(|setting| setting.name == name), "{name} is not in the table");
        // An empty variable is how a compose file says "not set".
        let text = self.values.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())?;
        let value = read(text);
        if value.is_none() {
            self.wrong.push(format!("{name} cannot be used: set it to {wanted}."));
        }
        value
    }

    fn number<T: FromStr + PartialOrd + fmt::Display + Copy>(&mut self, name: &'static str, least: T, most: T) -> Option<T> {
        let within = |text: &str| text.parse::<T>().ok().filter(|number| (least..=most).contains(number));
        self.get(name, &format!("a whole number from {least} to {most}"), within)
    }
}

fn database_url(text: &str) -> Option<String> {
    let file = text.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    let on_disk = file.is_some_and(|path| !path.is_empty() && !path.starts_with(":memory:") && !path.contains("mode=memory"));
    (on_disk || text.starts_with("postgres://") || text.starts_with("postgresql://")).then(|| text.to_owned())
}

fn postgres_url(text: &str) -> Option<String> {
    database_url(text).filter(|url| url.starts_with("postgres"))
}

fn web_url(text: &str) -> Option<String> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    Some(text.trim_end_matches('/').to_owned())
}

fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    web_url(text).filter(|_| bare)
}

fn origins(text: &str) -> Option<Vec<HeaderValue>> {
    text.split(',').map(|text| origin(text.trim()).and_then(|origin| HeaderValue::from_str(&origin).ok())).collect()
}

/// Networks, or single addresses.
fn networks(text: &str) -> Option<Vec<IpNet>> {
    let network = |text: &str| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    text.split(',').map(|text| network(text.trim())).collect()
}

fn forwarded_by(text: &str) -> Option<ForwardedBy> {
    match text.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Some(ForwardedBy::XForwardedFor),
        "forwarded" => Some(ForwardedBy::Forwarded),
        _ => None,
    }
}

fn operator_key(text: &str) -> Option<String> {
    (text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

/// Both or neither; what the mail library refuses is refused here.
fn mail(values: &mut Values) -> Option<Mail> {
    let fits = |url: &str, from: &str| kernel::mail::Mailer::new(url, from).is_ok();
    let url = values.get("PRM_SMTP_URL", "smtps://user:password@host, or smtp://host:587?tls=required", |text| {
        fits(text, "prm@example.com").then(|| text.to_owned())
    });
    let wanted = "an e-mail address, e.g. Contoso Partners <partners@contoso.example>";
    let from = values.get("PRM_MAIL_FROM", wanted, |text| fits("smtp://localhost", text).then(|| text.to_owned()));
    match (url, from) {
        (Some(url), Some(from)) => Some(Mail { url: Secret(url), from }),
        (None, None) => None,
        _ => {
            values.wrong.push("PRM_SMTP_URL and PRM_MAIL_FROM are set together or not at all.".into());
            None
        }
    }
}

fn log_filter(text: &str) -> Option<String> {
    tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
}

#[cfg(test)]
mod tests;
