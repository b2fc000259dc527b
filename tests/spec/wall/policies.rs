//! Every table is walled, in the same way; and nothing leads around the wall.

use super::*;
use migrations::wall::{ACROSS, OPEN};
use std::collections::BTreeSet;

/// Tables of the whole installation: no row is a vendor's. A line more is a decision.
const OF_NO_VENDOR: &[&str] = &["signing_keys"];

const SAID: &str = "(NULLIF(current_setting('prm.vendor'::text, true), ''::text))::uuid";
const ACROSS_SAID: &str = "(current_setting('prm.across_vendors'::text, true) = 'on'::text)";

async fn rows(world: &World, sql: &str) -> Vec<Vec<String>> {
    let sql = format!(
        "SELECT to_jsonb(array_agg(v)) FROM (SELECT ARRAY(SELECT value FROM jsonb_each_text(to_jsonb(r)) ORDER BY key) AS v FROM ({sql}) r) s"
    );
    let all: Option<sqlx::types::Json<Vec<Vec<Option<String>>>>> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(pool(world)).await.expect("the catalogue");
    all.map_or(Vec::new(), |all| all.0.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect())
}

spec! {
    async fn every_table_is_walled_by_force(world) {
        if world.on == On::Sqlite {
            return;
        }
        let sql = "SELECT relname AS a, (relrowsecurity AND relforcerowsecurity)::text AS b FROM pg_class \
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')";
        let found = rows(world, sql).await;
        assert!(found.len() > 20);
        for table in found {
            assert_eq!(table[1], (table[0] != OPEN).to_string(), "{}", table[0]);
        }
    }

    async fn every_table_has_the_policy_of_its_vendor_and_those_that_are_listed(world) {
        if world.on == On::Sqlite {
            return;
        }
        let mut wanted = BTreeSet::new();
        for (table, column) in tables(world).await {
            let own = format!("({column} = {SAID})");
            wanted.insert([table.clone(), "ALL".to_owned(), own.clone(), own]);
            for command in ACROSS.iter().filter(|(name, ..)| *name == table).flat_map(|(_, commands, _)| *commands) {
                let check = if *command == "UPDATE" { ACROSS_SAID } else { "" };
                wanted.insert([table.clone(), command.to_string(), ACROSS_SAID.to_owned(), check.to_owned()]);
            }
        }
        for table in OF_NO_VENDOR {
            let said = format!("(({SAID} IS NOT NULL) OR {ACROSS_SAID})");
            wanted.insert([table.to_string(), "ALL".to_owned(), said.clone(), said]);
        }
        let sql = "SELECT tablename AS a, cmd AS b, qual AS c, with_check AS d FROM pg_policies \
            WHERE schemaname = current_schema() AND permissive = 'PERMISSIVE' AND roles = '{public}'";
        let found: BTreeSet<[String; 4]> = rows(world, sql).await.into_iter().map(|row| row.try_into().expect("four columns")).collect();
        assert_eq!(found, wanted);
        let all = rows(world, "SELECT COUNT(*) AS a FROM pg_policies WHERE schemaname = current_schema()").await;
        assert_eq!(all[0][0], found.len().to_string(), "no policy of another kind");
    }

    async fn nothing_leads_around_the_wall(world) {
        if world.on == On::Sqlite {
            return;
        }
        // A view, or a function with its owner's rights, would see with its owner's eyes.
        let sql = "SELECT relname::text AS a FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm', 'f') \
            UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prosecdef";
        assert_eq!(rows(world, sql).await, Vec::<Vec<String>>::new());
        let role = rows(world, "SELECT rolname AS a, (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)::text AS b FROM pg_roles WHERE rolname = current_user").await;
        assert_eq!(role, [["prm_app", "false"]]);
        let owned = "SELECT classid::regclass::text AS a, objid::text AS b FROM pg_shdepend WHERE deptype = 'o' AND refobjid = current_user::regrole \
            AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(rows(world, owned).await, Vec::<Vec<String>>::new(), "it owns nothing");
        let held = "SELECT r.rolname AS a FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = current_user::regrole";
        assert_eq!(rows(world, held).await, Vec::<Vec<String>>::new(), "it is nobody else");
    }

    async fn a_table_of_a_later_version_is_walled_when_that_version_starts(world) {
        if world.on == On::Sqlite {
            return;
        }
        let acme = world.vendor("Acme").await;
        world.sql("CREATE TABLE later (vendor_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (vendor_id, id))").await;
        world.sql("ALTER TABLE partners NO FORCE ROW LEVEL SECURITY").await;
        world.sql("DROP POLICY wall ON people").await;
        world.sql("CREATE POLICY wall ON people USING (true)").await;
        server::serve::migrate(world.app().db()).await.expect("a start");
        let open = "SELECT COUNT(*) FROM pg_class WHERE relname IN ('later', 'partners', 'people') AND relrowsecurity AND relforcerowsecurity";
        assert_eq!(world.number(open).await, 3);
        assert_eq!(world.number("SELECT COUNT(*) FROM pg_policies WHERE policyname = 'wall' AND qual LIKE '(vendor_id = %' AND tablename IN ('later', 'people')").await, 2);
        world.sql(&format!("INSERT INTO later VALUES ('{0}', '{0}')", id(&acme).0)).await;
        let seen: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM later").fetch_one(pool(world)).await.expect("the role may read it");
        assert_eq!(seen, 0);
    }
}
