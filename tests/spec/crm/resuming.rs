//! An import that is killed goes on where it stood, on whichever instance.

use super::{counts, starts, told};
use crate::prelude::*;

const ROWS: usize = 2_300;

fn file() -> String {
    (0..ROWS).fold("external_id,name\n".to_owned(), |file, n| file + &format!("A-{n},\"Company\n{n}\"\n"))
}

async fn begins(vendor: &Vendor) -> String {
    let import = starts(vendor, json!({"resource": "accounts", "format": "csv"}), file()).await;
    format!("/v1/imports/{}", import.id())
}

async fn is_whole(vendor: &Vendor, path: &str) {
    let import = vendor.get(path).await.expect(200);
    assert_eq!((&import["status"], counts(&import)), (&json!("succeeded"), [ROWS as i64, 0, 0, 0]), "{import}");
    assert_eq!(told(vendor, "account").await.len(), ROWS);
    assert_eq!(told(vendor, "import").await, ["import.created", "import.queued", "import.completed"]);
    assert_eq!(vendor.world().number("SELECT COUNT(*) FROM accounts").await, ROWS as i64);
}

spec! {
    async fn a_killed_import_is_taken_over_when_its_lease_has_run_out(world) {
        let acme = world.vendor("Acme").await;
        let path = begins(&acme).await;
        crm::imports::step(world.app(), 2).await.unwrap();
        let half = acme.get(&path).await.expect(200);
        assert_eq!((&half["status"], counts(&half), &half["progress"]["line"]), (&json!("running"), [1_000, 0, 0, 0], &json!(2_002)));
        // What a killed instance leaves behind: a lease that nobody renews.
        world.sql("UPDATE imports SET lease_until = '2026-11-20T12:01:00+00:00'").await;
        assert_eq!(crm::imports::step(world.app(), 1).await.unwrap(), 0);
        world.clock.advance(seconds(61));
        world.another_instance().await.settle().await;
        is_whole(&acme, &path).await;
    }

    async fn an_import_given_up_halfway_is_not_doubled(world) {
        let acme = world.vendor("Acme").await;
        let path = begins(&acme).await;
        // Dropped at many moments, as a stop without grace would.
        for polls in [1_usize, 3, 10, 30, 100] {
            let app = world.app().clone();
            let mut work = Box::pin(crm::imports::step(&app, 3));
            for _ in 0..polls {
                if futures::poll!(&mut work).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(work);
            world.clock.advance(seconds(61));
        }
        world.settle().await;
        is_whole(&acme, &path).await;
    }

    async fn two_instances_that_both_work_apply_every_row_once(world [connections = 10]) {
        let acme = world.vendor("Acme").await;
        let path = begins(&acme).await;
        let other = world.another_instance().await;
        let work = async |app: &kernel::App| {
            for _ in 0..30 {
                // The lease is taken away again and again, so both believe that they hold it.
                world.sql("UPDATE imports SET lease_until = NULL").await;
                _ = crm::imports::step(app, 1).await;
            }
        };
        futures::join!(work(world.app()), work(&other.app));
        world.settle().await;
        is_whole(&acme, &path).await;
    }
}
