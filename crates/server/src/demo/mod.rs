//! `prm demo`: the main job on real data, while a newcomer watches.
//!
//! It starts the service in this process on a fresh SQLite database and then talks to it as everybody else does: over HTTP
//! and with the public API only. The vendor's CRM comes in from `examples/crm`, partners register deals, and a receiver on
//! the other side of a signed webhook answers approvals as a CRM would. Every number that it prints was counted in this run.

mod answers;
mod call;
mod crm;
mod crm_side;
mod hand;
mod hooks;
mod place;
mod plan;
mod program;
mod receiver;
mod register;
mod spelling;
mod table;
mod words;

use crate::config::{self, Config, Secret};
use crate::serve::{self, Failure, Running};
use crate::telemetry::Telemetry;
use call::{Caller, text};
use kernel::id::VendorId;
use place::Place;
use plan::Plan;
use program::Program;
use receiver::Receiver;
use serde_json::json;
use std::path::Path;
use std::time::Instant;
use words::{heading, line, say, time};

/// What the operator, and after them the newcomer, is given to call with.
struct Opened {
    base: String,
    vendor: VendorId,
    admin_key: String,
}

/// Run the demo; afterwards leave the service up until it is told to stop, unless `exit` says otherwise.
pub async fn run(mut config: Config, exit: bool) -> Result<(), Failure> {
    let place = Place::take()?;
    let operator_key = config::fresh_key();
    prepare(&mut config, &place, &operator_key);
    let telemetry = Telemetry::start(&config)?;
    line(format!("prm {}: a partner program on real data, over its public API. Everything below happens now.", env!("CARGO_PKG_VERSION")));
    let begun = Instant::now();
    let listener = place::listen(config.listen).await?;
    let running = serve::start(&config, listener).await?;
    let story = tell(&running, &config, &place.database(), &operator_key, begun).await;
    let until = match &story {
        Ok(opened) if !exit => {
            farewell(opened);
            let told = serve::until_told().await.map_err(Failure::from);
            line("\nStopping: what is under way is finished first.");
            told
        }
        _ => Ok(()),
    };
    running.stop().await;
    telemetry.end().await;
    story.map_err(|cause| format!("The demo stopped here. {cause}"))?;
    until
}

/// The demo's own database, key and log level; whatever else is configured holds.
fn prepare(config: &mut Config, place: &Place, operator_key: &str) {
    config.database_url = Secret(format!("sqlite://{}", place.database().display()));
    config.operator_key = Some(Secret(operator_key.to_owned()));
    // Its receiver is on this machine.
    config.webhook_allow_private = true;
    if config.log == "info" {
        config.log = "warn".into();
    }
}

async fn tell(running: &Running, config: &Config, database: &Path, operator_key: &str, begun: Instant) -> Result<Opened, Failure> {
    heading(1, "A service and a vendor");
    let base = format!("http://{}", place::reach(running.addr));
    let operator = Caller::new(base.clone(), operator_key)?;
    operator.get("/health/ready").await?;
    say(format!("Database {} made anew; listening on {base}, ready after {}.", database.display(), time(begun.elapsed())));
    if config.listen.port() != 0 && running.addr != config.listen {
        say(format!("({} is taken, so this is a free port; PRM_LISTEN chooses another.)", config.listen));
    }
    let opened = found(operator, base).await?;
    let admin = Caller::new(opened.base.clone(), &opened.admin_key)?;
    let crm_key = program::key(&admin, "CRM", "integration").await?;

    heading(2, "The vendor's CRM comes in");
    let imported = crm::bring(&crm_key).await?;
    heading(3, "Partners and rules");
    let program = Program::build(&admin).await?;
    program::publish_rules(&admin).await?;
    heading(4, "The CRM listens");
    let (receiver, crm) = Receiver::start(crm_key, running.app.clock().clone()).await?;
    let endpoint = hooks::subscribe(&admin, &receiver).await?;
    heading(5, "Partners register deals");
    let all = register::all(&program, Plan::new(running.app.clock().now().date_naive())?).await?;
    answers::show(&program, &all).await?;
    heading(6, "The CRM answers");
    let events = hooks::settle(&admin, &receiver).await?;
    hooks::sum_up(&receiver, events, crm.count());
    hand::advance(&program, &receiver, &crm, &all).await?;
    hooks::put_to_the_test(&admin, &endpoint, &receiver).await?;
    heading(7, "People decide");
    hand::decide(&program, &receiver, &all).await?;
    let events = hooks::settle(&admin, &receiver).await?;
    table::print(&running.app, opened.vendor, &imported, &all, events, &receiver).await?;
    Ok(opened)
}

/// The operator makes a vendor, and is told its first admin key.
async fn found(operator: Caller, base: String) -> Result<Opened, Failure> {
    let made = operator.post("/v1/vendors", &json!({"name": "MavenTech"})).await?;
    let (vendor, admin_key) = (text(&made, "/vendor/id").parse()?, text(&made, "/secret").to_owned());
    say(format!("The operator's key made the vendor MavenTech ({vendor}) and its first admin key. From here on, everyone has a key of their own."));
    Ok(Opened { base, vendor, admin_key })
}

/// What to try next.
fn farewell(Opened { base, admin_key, .. }: &Opened) {
    line(format!("The service stays up; Ctrl-C stops it. Reference of the API: {base}/docs"));
    line(format!("The vendor's admin key: {admin_key}\n"));
    line("Deals that wait for a person:");
    line(format!("  curl -H 'Authorization: Bearer {admin_key}' '{base}/v1/deals?status=in_review&limit=2'\n"));
    line("What was won and extended, and what will be, as it happens:");
    line(format!("  curl -N -H 'Authorization: Bearer {admin_key}' '{base}/v1/events/stream?type=deal.won,deal.extended&after=0'"));
}
