use super::*;

fn load(pairs: &[(&str, &str)]) -> Result<Config, Refused> {
    Config::read(None, pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())))
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("prm-config-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn nothing_set_gives_an_embedded_database_on_the_loopback() {
    let config = load(&[]).unwrap();
    assert_eq!((config.listen.to_string().as_str(), config.is_postgres()), ("127.0.0.1:8080", false));
    assert_eq!(config.sqlite_file().unwrap(), Path::new("prm.db"));
}

#[test]
fn every_setting_can_be_set() {
    let key = fresh_key();
    let previous = format!("{}, {}", fresh_key(), fresh_key());
    let set = [
        ("PRM_DATABASE_URL", "postgres://u:p@h/d"),
        ("PRM_MIGRATION_DATABASE_URL", "postgres://o:p@h/d"),
        ("PRM_LISTEN", "0.0.0.0:80"),
        ("PRM_PUBLIC_URL", "https://prm.example.com/"),
        ("PRM_SECRET_KEY", &key),
        ("PRM_SECRET_KEY_PREVIOUS", &previous),
        ("PRM_OPERATOR_KEY", &key),
        ("PRM_ALLOWED_ORIGINS", "https://a.example, http://localhost:3000"),
        ("PRM_OTLP_ENDPOINT", "http://c:4318"),
        ("PRM_LOG", "info,server=debug"),
        ("PRM_LOG_FORMAT", "json"),
        ("PRM_DB_CONNECTIONS", "3"),
        ("PRM_BODY_LIMIT", "2048"),
        ("PRM_REQUEST_TIMEOUT", "5"),
        ("PRM_READ_TIMEOUT", "2"),
        ("PRM_KEEP_ALIVE", "61"),
        ("PRM_CONCURRENCY", "7"),
        ("PRM_CONNECTIONS", "100"),
        ("PRM_CONNECTIONS_PER_ADDRESS", "0"),
        ("PRM_RATE_LIMIT_VENDOR", "600"),
        ("PRM_RATE_LIMIT_KEY", "0"),
        ("PRM_RATE_LIMIT_FAILURES", "3"),
        ("PRM_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7, 2001:db8::/32"),
        ("PRM_FORWARDED_HEADER", "Forwarded"),
        ("PRM_SMTP_URL", "smtps://user:password@mail.example.com"),
        ("PRM_MAIL_FROM", "Contoso Partners <partners@contoso.example>"),
        ("PRM_SSO_ALLOW_PRIVATE", "true"),
        ("PRM_WEBHOOK_ALLOW_PRIVATE", "true"),
        ("PRM_SHUTDOWN_GRACE", "0"),
    ];
    let config = load(&set).unwrap();
    assert_eq!(set.len() + 1, SETTINGS.len(), "PRM_CONFIG and these are all");
    assert_eq!(config.public_url.as_deref(), Some("https://prm.example.com"));
    assert_eq!(config.secret_keys_previous.len(), 2);
    assert_eq!(config.rates, access::limits::Settings { vendor: 600, credential: 0, failures: 3 });
    let (connections, proxies) = (&config.limits.connections, &config.limits.proxies);
    assert_eq!((connections.head.as_secs(), connections.idle.as_secs(), connections.most, connections.per_address), (2, 61, 100, 0));
    assert_eq!((proxies.trusted.len(), proxies.header, config.limits.body_pause.as_secs()), (3, ForwardedBy::Forwarded, 2));
    assert_eq!((config.limits.origins.len(), config.limits.body, config.limits.concurrency), (2, 2_048, 7));
    assert_eq!((config.log_json, config.webhook_allow_private, config.pools().connections), (Some(true), true, 3));
}

#[test]
fn each_wrong_setting_is_refused_with_what_to_do() {
    let wrong = [
        ("PRM_DATABASE_URL", "mysql://x"),
        ("PRM_DATABASE_URL", "sqlite::memory:"),
        ("PRM_LISTEN", "8080"),
        ("PRM_PUBLIC_URL", "prm.example.com"),
        ("PRM_PUBLIC_URL", "https://prm.example.com/api"),
        ("PRM_SECRET_KEY", "c2hvcnQ="),
        ("PRM_SECRET_KEY_PREVIOUS", "c2hvcnQ="),
        ("PRM_OPERATOR_KEY", "short"),
        ("PRM_ALLOWED_ORIGINS", "*"),
        ("PRM_OTLP_ENDPOINT", "collector"),
        ("PRM_LOG_FORMAT", "xml"),
        ("PRM_DB_CONNECTIONS", "0"),
        ("PRM_BODY_LIMIT", "1MB"),
        ("PRM_REQUEST_TIMEOUT", "-1"),
        ("PRM_CONCURRENCY", "0"),
        ("PRM_READ_TIMEOUT", "0"),
        ("PRM_RATE_LIMIT_KEY", "-1"),
        ("PRM_TRUSTED_PROXIES", "everybody"),
        ("PRM_FORWARDED_HEADER", "x-real-ip"),
        ("PRM_WEBHOOK_ALLOW_PRIVATE", "yes"),
        ("PRM_SHUTDOWN_GRACE", "x"),
        ("PRM_LOG", "=="),
    ];
    for (name, value) in wrong {
        let Refused(sentences) = load(&[(name, value)]).expect_err(name);
        assert!(sentences.len() == 1 && sentences[0].starts_with(&format!("{name} cannot be used: set it to ")), "{sentences:?}");
        assert!(!name.ends_with("KEY") || !sentences[0].contains(value), "a secret is shown: {sentences:?}");
    }
}

#[test]
fn an_unknown_setting_is_refused_unless_kubernetes_made_it() {
    let Refused(sentences) = load(&[("PRM_LISTN", "x")]).unwrap_err();
    assert_eq!(sentences, ["PRM_LISTN is not a setting; `prm settings` lists them all."]);
    assert!(
        load(&[("PRM_SERVICE_HOST", "10.0.0.1"), ("PRM_PORT", "tcp://10.0.0.1:80"), ("PRM_PORT_80_TCP", "x"), ("PRM_TEST_POSTGRES", "off")]).is_ok()
    );
}

#[test]
fn the_environment_comes_before_the_file() {
    let path = file("order.toml", "listen = \"127.0.0.1:1\"\ndb_connections = 4\nallowed_origins = [\"https://a.example\"]\n");
    let config = load(&[("PRM_CONFIG", path.to_str().unwrap()), ("PRM_LISTEN", "127.0.0.1:2")]).unwrap();
    assert_eq!((config.listen.port(), config.pools().connections, config.limits.origins.len()), (2, 4, 1));
}

#[test]
fn a_wrong_file_is_refused() {
    for (name, text, said) in
        [("unknown.toml", "listn = 1", "is not a setting"), ("broken.toml", "listen", "is not TOML"), ("kind.toml", "log = 1.5", "must be a text")]
    {
        let Refused(sentences) = Config::read(Some(&file(name, text)), std::iter::empty()).expect_err(name);
        assert!(sentences[0].contains(said), "{sentences:?}");
    }
    assert!(Config::read(Some(Path::new("/nowhere.toml")), std::iter::empty()).unwrap_err().0[0].contains("cannot be read"));
}

#[test]
fn secrets_are_not_printed() {
    let key = fresh_key();
    let config = load(&[("PRM_SECRET_KEY", &key), ("PRM_OPERATOR_KEY", &key), ("PRM_DATABASE_URL", "postgres://u:hunter2@h/d")]).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains(&key) && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_key_of_an_embedded_database_is_made_once_and_missed_when_lost() {
    let directory = std::env::temp_dir().join(format!("prm-key-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let database = directory.join("prm.db");
    let config = load(&[("PRM_DATABASE_URL", &format!("sqlite://{}", database.display()))]).unwrap();
    let first = config.secret_key().unwrap();
    std::fs::write(&database, "in use").unwrap();
    assert!(config.secret_key().unwrap() == first);
    std::fs::remove_file(directory.join("prm.db.key")).unwrap();
    assert!(config.secret_key().unwrap_err().0[0].contains("put"));
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(load(&[("PRM_DATABASE_URL", "postgres://h/d")]).unwrap().secret_key().unwrap_err().0[0].contains("prm key"));
}
