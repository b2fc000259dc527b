//! The second wall: row-level security on Postgres.
//!
//! Every table is walled, those of later migrations included: this runs over whatever tables there are. A row is seen
//! and written by a transaction that has said `SET LOCAL prm.vendor` with the row's vendor; one that has said nothing
//! sees nothing. The wall is forced, so it holds the tables' owner too, and the service runs as a role that owns none.
//! Foreign keys are checked behind the wall, as Postgres always does.
//!
//! Work for all vendors says `SET LOCAL prm.across_vendors` instead. It is let into the tables of [`ACROSS`] only, and
//! for the commands given there. A second setting rather than a special vendor: the ordinary policy stays a plain
//! equality, which every index on `vendor_id` serves.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

/// What work for all vendors may do, and what for. A line more is a decision: most work knows its vendor.
pub const ACROSS: &[(&str, &[&str], &str)] = &[
    ("api_keys", &["SELECT"], "a caller is known by the hash of its key before its vendor is"),
    ("sessions", &["SELECT"], "a session is known by the hash of its refresh token before its vendor is"),
    ("portals", &["SELECT"], "a sign-in names the portal before anything else is known"),
    ("sign_in_links", &["SELECT"], "a link is known by the hash of its secret before its vendor is"),
    ("sign_in_attempts", &["SELECT", "DELETE"], "an attempt is known by the hash of its secret before its vendor is; what has run out goes"),
    ("guesses", &["SELECT", "DELETE"], "counts that nobody adds to any more go"),
    ("mails", &["SELECT"], "letters that are due are looked for"),
    ("sso_attempts", &["SELECT"], "a browser comes back with the state of its sign-in, and nothing else"),
    ("sign_in_codes", &["SELECT"], "a session is asked for with the hash of a code"),
    ("trusted_issuers", &["SELECT"], "a token's issuer and audience name the vendor"),
    ("identity_providers", &["SELECT"], "a logout token's issuer and audience name the clients whose sessions end"),
    ("vendors", &["SELECT"], "`prm verify-log` walks every log"),
    ("log_heads", &["SELECT"], "readers look for logs that have grown"),
    ("log_trees", &["SELECT"], "logs that have grown beyond their trees are looked for"),
    ("erasures", &["SELECT"], "erasures that have not ended are looked for"),
    ("readers", &["SELECT"], "readers look for logs that have grown"),
    ("timers", &["SELECT", "UPDATE"], "what is due is claimed for all vendors at once"),
    ("imports", &["SELECT", "UPDATE"], "the import that has waited longest is claimed, whosever it is"),
    ("hygiene_audits", &["SELECT", "UPDATE"], "the audit that has waited longest is claimed, whosever it is"),
    ("idempotency", &["SELECT", "DELETE"], "old answers go"),
    ("webhook_endpoints", &["SELECT"], "endpoints with work are looked for"),
    ("notifications", &["SELECT", "DELETE"], "old notifications go"),
    ("chat_messages", &["SELECT", "DELETE"], "messages that are due are looked for; old ones go"),
    ("access_grants", &["SELECT"], "grants about which a provisioner is to be asked are looked for"),
    ("signature_requests", &["SELECT"], "agreements about which a signature service is to be asked are looked for"),
    ("check_requests", &["SELECT"], "requests about which a provider of checks is to be asked are looked for"),
    ("webhook_deliveries", &["SELECT"], "endpoints with old deliveries are looked for"),
];

/// Not walled: it holds no data, and says whether the schema is the one that a binary knows.
pub const OPEN: &str = "seaql_migrations";

/// The vendor that the transaction has said; null if none. A setting that was local is empty afterwards.
const SAID: &str = "(NULLIF(current_setting('prm.vendor', true), ''))::uuid";
const SAID_ACROSS: &str = "(current_setting('prm.across_vendors', true) = 'on')";

/// Let the owner see its rows, for migrations that change data. Nothing changes for anybody else.
pub(crate) async fn lower(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for table in tables(db).await?.iter().filter(|table| table.forced) {
        run(db, format!("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", table.quoted())).await?;
    }
    Ok(())
}

/// Raise the wall on every table where it does not stand as it should, and let `role` through its gates.
pub(crate) async fn raise(db: &impl ConnectionTrait, role: &str) -> Result<(), DbErr> {
    for table in tables(db).await? {
        let (wanted, found) = (table.policies(), policies(db, &table.name).await?);
        for (name, _) in found.iter().filter(|one| !wanted.iter().any(|(name, sql)| (name, &mark(sql)) == (&one.0, &one.1))) {
            run(db, format!("DROP POLICY {} ON {}", quoted(name), table.quoted())).await?;
        }
        for (name, sql) in wanted.iter().filter(|(name, sql)| !found.contains(&(name.clone(), mark(sql)))) {
            run(db, format!("CREATE POLICY {name} ON {} {sql}", table.quoted())).await?;
            run(db, format!("COMMENT ON POLICY {name} ON {} IS '{}'", table.quoted(), mark(sql))).await?;
        }
        if !table.enabled {
            run(db, format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", table.quoted())).await?;
        }
        if !table.forced {
            run(db, format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY", table.quoted())).await?;
        }
    }
    grant(db, role).await
}

/// Everything on rows, nothing on the schema; on later tables too.
async fn grant(db: &impl ConnectionTrait, role: &str) -> Result<(), DbErr> {
    let role = quoted(role);
    let missing = "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() \
        AND c.relkind IN ('r', 'p') AND NOT (has_table_privilege($1::name, c.oid, 'SELECT') \
        AND (c.relname = $2 OR (has_table_privilege($1::name, c.oid, 'INSERT') AND has_table_privilege($1::name, c.oid, 'UPDATE') \
        AND has_table_privilege($1::name, c.oid, 'DELETE')))) LIMIT 1";
    let name = role.trim_matches('"').replace("\"\"", "\"");
    if rows(db, missing, [name.into(), OPEN.into()]).await?.is_empty() {
        return Ok(());
    }
    let schema = quoted(&rows(db, "SELECT current_schema()::text AS name", []).await?[0].try_get::<String>("", "name")?);
    for sql in [
        format!("GRANT USAGE ON SCHEMA {schema} TO {role}"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"),
        format!("REVOKE INSERT, UPDATE, DELETE ON {OPEN} FROM {role}"),
        format!("ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"),
    ] {
        run(db, sql).await?;
    }
    Ok(())
}

/// Make the role that the service steps down to, unless there is one, and let the current user take it on.
pub(crate) async fn make_role(db: &impl ConnectionTrait, role: &str) -> Result<(), DbErr> {
    let named = quoted(role);
    // Since Postgres 16 a member may be one without the right to become the role.
    let usable = "SELECT 1 FROM pg_roles WHERE rolname = $1 AND CASE WHEN current_setting('server_version_num')::int >= 160000 \
        THEN pg_has_role(current_user, oid, 'SET') ELSE pg_has_role(current_user, oid, 'MEMBER') END";
    if !rows(db, usable, [role.into()]).await?.is_empty() {
        return Ok(());
    }
    // Roles belong to the cluster: another database's migration may make it at the same moment.
    let make = format!(
        "DO $$ BEGIN CREATE ROLE {named} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    let made = match rows(db, "SELECT 1 FROM pg_roles WHERE rolname = $1", [role.into()]).await?.is_empty() {
        true => run(db, make).await,
        false => Ok(()),
    };
    let granted = match made {
        Ok(()) => run(db, format!("GRANT {named} TO CURRENT_USER")).await,
        Err(cause) => Err(cause),
    };
    granted.map_err(|cause| {
        DbErr::Custom(format!(
            "the role {role}, as which the service reads and writes, cannot be made or taken on ({cause}). Have an administrator of the \
             database run `CREATE ROLE {role} NOLOGIN` and `GRANT {role} TO <the user of PRM_DATABASE_URL>`; or give the owner of the \
             tables in PRM_MIGRATION_DATABASE_URL and an ordinary user in PRM_DATABASE_URL"
        ))
    })
}

struct Table {
    name: String,
    enabled: bool,
    forced: bool,
    has_vendor: bool,
}

impl Table {
    fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Names of the policies, and what they say.
    fn policies(&self) -> Vec<(String, String)> {
        let own = match (self.name.as_str(), self.has_vendor) {
            ("vendors", _) => format!("id = {SAID}"),
            (_, true) => format!("vendor_id = {SAID}"),
            // Of the whole installation: for whoever has said for whom it works.
            (_, false) => format!("{SAID} IS NOT NULL OR {SAID_ACROSS}"),
        };
        let mut policies = vec![("wall".to_owned(), format!("USING ({own}) WITH CHECK ({own})"))];
        let (_, commands, _) = ACROSS.iter().find(|(name, ..)| *name == self.name).unwrap_or(&("", &[], ""));
        for command in *commands {
            let check = if *command == "UPDATE" { format!(" WITH CHECK {SAID_ACROSS}") } else { String::new() };
            policies.push((format!("across_{}", command.to_lowercase()), format!("FOR {command} USING {SAID_ACROSS}{check}")));
        }
        policies
    }
}

async fn tables(db: &impl ConnectionTrait) -> Result<Vec<Table>, DbErr> {
    let sql = "SELECT c.relname::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced, \
        EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'vendor_id' AND NOT a.attisdropped) AS has_vendor \
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname <> $1 ORDER BY c.relname";
    let read = |row: QueryResult| {
        Ok(Table {
            name: row.try_get("", "name")?,
            enabled: row.try_get("", "enabled")?,
            forced: row.try_get("", "forced")?,
            has_vendor: row.try_get("", "has_vendor")?,
        })
    };
    rows(db, sql, [OPEN.into()]).await?.into_iter().map(read).collect()
}

/// The table's policies, each with the mark of what it says: Postgres itself writes expressions anew.
async fn policies(db: &impl ConnectionTrait, table: &str) -> Result<Vec<(String, String)>, DbErr> {
    let sql = "SELECT p.polname::text AS name, COALESCE(obj_description(p.oid, 'pg_policy'), '') AS mark FROM pg_policy p \
        JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = current_schema() AND c.relname = $1";
    rows(db, sql, [table.into()]).await?.into_iter().map(|row| Ok((row.try_get("", "name")?, row.try_get("", "mark")?))).collect()
}

fn mark(sql: &str) -> String {
    sql.replace('\'', "`")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn run(db: &impl ConnectionTrait, sql: String) -> Result<(), DbErr> {
    db.execute_unprepared(&sql).await.map(drop)
}

async fn rows<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [sea_orm_migration::sea_orm::Value; N],
) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await
}
