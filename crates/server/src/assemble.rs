//! Every domain by name: its routes, its events, its problems, its background work.

use crate::frame::{self, Limits};
use crate::{Config, adapters, events, health, openapi, privacy, problems, reactions, reference, telemetry};
use axum::Router;
use futures::FutureExt;
use futures::future::BoxFuture;
use kernel::App;
use kernel::log::EventKind;
use kernel::personal::Holder;
use kernel::problem::{Kind, kinds};
use kernel::readers::Reader;
use kernel::seal::Sealed;
use kernel::steps::{Standard, Step, Template};
use kernel::timers::Timers;
use kernel::workers::{Run, WokenBy, Worker};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// What is the same in every instance: the routes before they are given theirs, and the document.
struct Published {
    routes: Router<App>,
    document: OpenApi,
}

/// Made once: the document is large, and tests start a thousand instances.
fn published() -> &'static Published {
    static ALL: OnceLock<Published> = OnceLock::new();
    ALL.get_or_init(|| {
        let (mut routes, mut parts) = (Router::new(), Vec::new());
        for (name, part) in routers() {
            let (router, document) = part.split_for_parts();
            routes = routes.merge(router);
            parts.push((name, document));
        }
        let document = openapi::join(parts, event_kinds());
        Published { routes: routes.merge(telemetry::router()).merge(reference::router(&document)), document }
    })
}

/// Everything that is served, and the document that describes it.
pub fn assemble(app: &App, limits: &Limits) -> (Router, &'static OpenApi) {
    let Published { routes, document } = published();
    app.provide(openapi::lists(document));
    (frame::around(routes.clone().with_state(app.clone()), app, limits), document)
}

/// The routes of each part, with the part's name.
pub(crate) fn routers() -> Vec<(&'static str, OpenApiRouter<App>)> {
    let under_v1 = |router| OpenApiRouter::new().nest("/v1", router);
    vec![
        ("access", under_v1(access::router())),
        ("partners", under_v1(partners::router())),
        ("crm", under_v1(crm::router())),
        ("dealreg", under_v1(dealreg::router())),
        ("onboarding", under_v1(onboarding::router())),
        ("analytics", under_v1(analytics::router())),
        ("webhooks", under_v1(webhooks::router())),
        ("automations", under_v1(automations::router())),
        ("engagement", under_v1(engagement::router())),
        ("search", under_v1(search::router())),
        ("directory-groups", under_v1(scim::v1_router())),
        ("scim", OpenApiRouter::new().nest(scim::ROOT, scim::router())),
        ("events", under_v1(events::router())),
        ("privacy", under_v1(privacy::router())),
        ("well-known", access::tokens::well_known()),
        ("health", health::router()),
        ("problems", problems::router()),
    ]
}

/// Every event that is published. Their schemas are made once.
pub fn event_kinds() -> &'static [EventKind] {
    static ALL: OnceLock<Vec<EventKind>> = OnceLock::new();
    ALL.get_or_init(|| {
        let kinds = [
            access::event_kinds(),
            partners::event_kinds(),
            crm::event_kinds(),
            dealreg::event_kinds(),
            onboarding::event_kinds(),
            analytics::event_kinds(),
            scim::event_kinds(),
            webhooks::event_kinds(),
            automations::event_kinds(),
            engagement::event_kinds(),
            privacy::event_kinds(),
        ];
        kinds.into_iter().flatten().collect()
    })
}

/// Every kind of problem that a caller may meet.
pub fn problem_kinds() -> Vec<Kind> {
    [
        kinds::ALL,
        frame::ALL,
        access::error::ALL,
        partners::error::ALL,
        crm::error::ALL,
        dealreg::error::ALL,
        onboarding::error::ALL,
        analytics::ALL,
        scim::error::ALL,
        webhooks::error::ALL,
        automations::error::ALL,
        engagement::error::ALL,
        privacy::ALL,
    ]
    .concat()
}

/// Where something is kept about people: what an export shows and an erasure makes go.
pub(crate) fn holders() -> Vec<Holder> {
    [
        access::holders(),
        partners::holders(),
        scim::holders(),
        crm::holders(),
        dealreg::holders(),
        onboarding::holders(),
        webhooks::holders(),
        engagement::holders(),
        search::holders(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every column that holds sealed values: what `prm keys reseal` goes through.
pub fn sealed() -> Vec<Sealed> {
    [kernel::sealed(), access::sealed(), webhooks::sealed(), onboarding::sealed(), engagement::sealed()].concat()
}

/// What happens at a time.
fn timers() -> Timers {
    let domains = dealreg::timers(crm::timers(onboarding::timers(partners::timers(Timers::default()))));
    engagement::timers(automations::timers(access::timers(domains)))
}

/// What follows the log.
fn readers() -> Vec<Reader> {
    let domains = [partners::readers(), dealreg::readers(), onboarding::readers(), analytics::readers(), search::readers()];
    reactions::readers().into_iter().chain(domains.into_iter().flatten()).collect()
}

/// Everything that an automation can do: a line for each domain that offers steps.
pub fn steps() -> Vec<Step> {
    [dealreg::steps(), onboarding::steps(), engagement::steps()].into_iter().flatten().collect()
}

/// The automations that every vendor has until it changes them: a line for each domain that brings some.
pub fn standard_automations() -> Vec<Standard> {
    [partners::standard_automations(), dealreg::standard_automations(), onboarding::standard_automations()].into_iter().flatten().collect()
}

/// The texts of notifications, until a vendor writes its own: a line for each domain that brings some.
pub fn templates() -> Vec<Template> {
    [partners::templates(), dealreg::templates(), onboarding::templates(), engagement::templates()].into_iter().flatten().collect()
}

/// Join the domains and keep what they cache true to the log. Once, at start.
pub fn follow(app: &App) {
    app.provide(webhooks::EventTypes(event_kinds().iter().map(|event| event.kind).collect()));
    app.provide(automations::Catalogue::new(steps(), standard_automations(), event_kinds().iter().map(|event| event.kind).collect()));
    app.provide(engagement::Standard(templates()));
    adapters::provide(app);
    kernel::personal::follow(app);
    access::follow(app);
    webhooks::follow(app);
    dealreg::follow(app);
    onboarding::follow(app);
}

/// Give the domains what the configuration says of them. Once, at start, before anything runs.
pub fn configure(app: &App, config: &Config) {
    app.provide(config.rates);
    app.provide(webhooks::Settings { allow_private: config.webhook_allow_private, ..webhooks::Settings::default() });
    app.provide(engagement::Settings { allow_private: config.webhook_allow_private });
    app.provide(onboarding::asking::Settings { allow_private: config.webhook_allow_private, ..onboarding::asking::Settings::default() });
    if let Some(mail) = &config.mail {
        app.provide(mail.mailer().expect("the settings were checked"));
    }
    app.provide(access::sso::Settings { allow_private: config.sso_allow_private });
}

/// All background work as workers that do what is due and return: how tests run it.
pub fn workers(_: &App) -> Vec<Worker> {
    [polled(), webhooks::workers()].into_iter().flatten().collect()
}

/// All background work of a server, until `stop`; each future is a task.
pub fn background(app: &App, stop: &watch::Receiver<bool>) -> Vec<BoxFuture<'static, ()>> {
    let polled = polled().into_iter().chain([webhooks::sweeper()]);
    let mut tasks: Vec<BoxFuture<'static, ()>> = polled.map(|worker| worker.keep_running(app.clone(), stop.clone()).boxed()).collect();
    // Waits for its own hints: a delivery is not to queue behind another.
    tasks.push(webhooks::keep_running(app.clone(), stop.clone()).boxed());
    tasks.push(kernel::signals::keep_running(app.clone(), stop.clone()).boxed());
    tasks
}

/// The workers that are the same in a server and in tests.
fn polled() -> Vec<Worker> {
    let mut workers = vec![timers_worker(timers()), forget_answers(), grow_trees(), privacy::worker(), kernel::mail::worker()];
    workers.extend(readers().into_iter().map(reader_worker));
    let domains = [access::workers(), crm::workers(), dealreg::workers(), onboarding::workers(), automations::workers(), engagement::workers()];
    workers.extend(domains.into_iter().flatten());
    workers
}

fn timers_worker(timers: Timers) -> Worker {
    let timers = Arc::new(timers);
    let run: Run = Arc::new(move |app| {
        let timers = timers.clone();
        Box::pin(async move { timers.run(&app).await })
    });
    Worker { name: "timers", woken_by: WokenBy::Timers, poll: Duration::from_secs(5), run }
}

fn reader_worker(reader: Reader) -> Worker {
    let (name, reader) = (reader.name, Arc::new(reader));
    let run: Run = Arc::new(move |app| {
        let reader = reader.clone();
        Box::pin(async move { reader.run(&app).await })
    });
    Worker { name, woken_by: WokenBy::Log, poll: Duration::from_secs(5), run }
}

/// Behind every log grows its Merkle tree. By the clock and not by each event: a checkpoint for many costs as much as for one.
fn grow_trees() -> Worker {
    let run: Run = Arc::new(|app| Box::pin(async move { kernel::log::grow_all(&app).await.map(|()| 0) }));
    Worker { name: "log_tree", woken_by: WokenBy::Nothing, poll: Duration::from_secs(2), run }
}

/// Answers kept for `Idempotency-Key` go when they are old.
fn forget_answers() -> Worker {
    let run: Run = Arc::new(|app| {
        Box::pin(async move {
            let gone = app.write_across_vendors("forget_answers", async |tx| kernel::idempotency::sweep(tx, tx.now()).await).await?;
            tracing::debug!(gone, "forgot old answers");
            Ok(0)
        })
    });
    Worker { name: "forget_answers", woken_by: WokenBy::Nothing, poll: Duration::from_secs(3_600), run }
}
