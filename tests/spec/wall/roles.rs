//! As whom the service connects: as nobody whom the wall does not hold.

use super::*;
use kernel::db::{Db, Pools};

/// Roles and a database of one specification, taken away at its end.
struct Cluster<'a> {
    world: &'a World,
    number: u64,
}

impl Cluster<'_> {
    fn name(&self, role: &str) -> String {
        format!("t_{}_{}_{role}", std::process::id(), self.number)
    }

    async fn user(&self, role: &str, rights: &str) -> String {
        let name = self.name(role);
        self.world.sql(&format!("CREATE ROLE {name} LOGIN PASSWORD 'secret' {rights}")).await;
        name
    }

    /// The URL of a database for a user.
    fn url(&self, user: &str, database: Option<&str>) -> String {
        let mut url = url::Url::parse(self.world.database_url()).expect("a URL");
        url.set_username(user).expect("a name");
        url.set_password(Some("secret")).expect("a password");
        if let Some(database) = database {
            url.set_path(&format!("/{database}"));
        }
        url.to_string()
    }

    /// An empty database of this user's.
    async fn database(&self, owner: &str) -> String {
        let name = self.name("db");
        self.world.sql(&format!("CREATE DATABASE {name} OWNER {owner}")).await;
        name
    }

    async fn forget(&self, roles: &[&str]) {
        self.world.sql(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name("db"))).await;
        for role in roles {
            self.world.sql(&format!("REASSIGN OWNED BY {role} TO CURRENT_USER")).await;
            self.world.sql(&format!("DROP OWNED BY {role}")).await;
            self.world.sql(&format!("DROP ROLE {role}")).await;
        }
    }
}

async fn open(url: &str, owner: Option<&str>) -> Db {
    Db::open_apart(url, owner, Pools { connections: 2 }).await.expect("a database")
}

async fn user(db: &Db) -> String {
    sqlx::query_scalar("SELECT current_user::text").fetch_one(db.postgres().expect("Postgres")).await.expect("a name")
}

spec! {
    async fn a_superuser_steps_down_and_cannot_step_up_again_by_accident(world) {
        if world.on == On::Sqlite {
            return;
        }
        world.app().db().check_role().await.expect("it has stepped down");
        let mut connection = pool(world).acquire().await.expect("a connection");
        sqlx::query("RESET ROLE").execute(&mut *connection).await.expect("a statement");
        let now: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *connection).await.expect("a name");
        assert_eq!(now, kernel::db::APP_ROLE);
    }

    async fn a_superuser_an_owner_and_one_past_the_wall_are_refused_with_what_to_do(world) {
        if world.on == On::Sqlite {
            return;
        }
        let cluster = Cluster { world, number: spec::unique() };
        let (owner, past) = (cluster.user("owner", "").await, cluster.user("past", "BYPASSRLS").await);
        world.sql(&format!("ALTER TABLE partners OWNER TO {owner}")).await;
        let here = world.database_url();
        for (url, why) in [
            (here.to_owned(), "it is a superuser"),
            (cluster.url(&past, None), "it has BYPASSRLS"),
            (cluster.url(&owner, None), "it owns the table partners"),
        ] {
            let db = open(&url, Some(here)).await;
            let sentence = db.check_role().await.expect_err("not as this one");
            assert!(sentence.contains(why) && sentence.contains("PRM_MIGRATION_DATABASE_URL"), "{sentence}");
            db.close().await.expect("closed");
        }
        cluster.forget(&[&owner, &past]).await;
    }

    async fn an_owner_and_an_ordinary_user_may_be_given_apart(world) {
        if world.on == On::Sqlite {
            return;
        }
        let cluster = Cluster { world, number: spec::unique() };
        let (owner, app) = (cluster.user("owner", "").await, cluster.user("app", "").await);
        let name = cluster.database(&owner).await;
        let db = open(&cluster.url(&app, Some(&name)), Some(&cluster.url(&owner, Some(&name)))).await;
        server::serve::migrate(&db).await.expect("the owner migrates");
        server::serve::migrate(&db).await.expect("and finds nothing to do");
        db.check_role().await.expect("the wall holds the ordinary user");
        assert_eq!(user(&db).await, app);
        let sql = "SELECT COUNT(*) FROM seaql_migrations";
        let seen: i64 = sqlx::query_scalar(sql).fetch_one(db.postgres().expect("Postgres")).await.expect("it may look");
        assert!(seen > 5);
        let refused = sqlx::query("DELETE FROM seaql_migrations").execute(db.postgres().expect("Postgres")).await;
        assert!(refused.is_err(), "it may not change the list of migrations");
        // Once that is done, the owner's password need not be there at all.
        let alone = open(&cluster.url(&app, Some(&name)), Some(&cluster.url(&app, Some(&name)))).await;
        server::serve::migrate(&alone).await.expect("nothing to do");
        alone.check_role().await.expect("the wall holds it");
        for db in [db, alone] {
            db.close().await.expect("closed");
        }
        cluster.forget(&[&app, &owner]).await;
    }

    async fn an_owner_who_may_not_make_roles_is_told_what_an_administrator_has_to_do(world) {
        if world.on == On::Sqlite {
            return;
        }
        let cluster = Cluster { world, number: spec::unique() };
        let owner = cluster.user("owner", "").await;
        let name = cluster.database(&owner).await;
        let url = cluster.url(&owner, Some(&name));
        let db = open(&url, None).await;
        let sentence = server::serve::migrate(&db).await.expect_err("it cannot become prm_app").to_string();
        assert!(sentence.contains("GRANT prm_app TO") && sentence.contains("PRM_MIGRATION_DATABASE_URL"), "{sentence}");
        assert!(db.check_role().await.expect_err("nor serve").contains("GRANT prm_app TO"));
        world.sql(&format!("GRANT prm_app TO {owner}")).await;
        server::serve::migrate(&db).await.expect("now it can");
        db.check_role().await.expect("and has stepped down");
        assert_eq!(user(&db).await, kernel::db::APP_ROLE);
        db.close().await.expect("closed");
        cluster.forget(&[&owner]).await;
    }
}
