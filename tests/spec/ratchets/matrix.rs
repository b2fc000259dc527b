//! The matrix: every operation of the document, for every kind of caller.
//!
//! Each column is a specification over all operations; what a column has nothing to say about, it says why, in [`void`].

use super::*;
use std::fmt;
use std::future::IntoFuture as _;
use std::sync::{Arc, LazyLock, Mutex};
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// Without a credential, with garbage, or with one of another kind.
    NoToken,
    /// With a token that has run out.
    Expired,
    /// Of another vendor.
    OtherVendor,
    /// Of another partner of the same vendor.
    OtherPartner,
    /// Of the right vendor, with every permission but the one that is needed.
    LowerRole,
    /// Of the vendor itself, with a reach narrowed to where there is nobody.
    NarrowedReach,
    /// As it should be.
    RightOne,
}

const COLUMNS: [Column; 7] =
    [Column::NoToken, Column::Expired, Column::OtherVendor, Column::OtherPartner, Column::LowerRole, Column::NarrowedReach, Column::RightOne];

/// Why `column` has nothing to say about `operation`; `None` if it is called.
fn void(operation: &Operation, column: Column) -> Option<&'static str> {
    let (needs, named) = (needs(operation), operation.path.contains('{'));
    let partner: Vec<_> = access::Role::PartnerAdmin.permissions().iter().map(|permission| permission.wire()).collect();
    match column {
        _ if needs == Needs::Nothing && column != Column::RightOne => Some("anybody may call it"),
        Column::Expired | Column::OtherVendor | Column::OtherPartner | Column::LowerRole | Column::NarrowedReach if needs == Needs::Operator => {
            Some("only the operator may")
        }
        // It is called where it is refused altogether.
        Column::NarrowedReach if matches!(needs, Needs::Permission(_)) && !is_limitable(&needs) => None,
        Column::NarrowedReach if !named => Some("it names nothing that could be out of reach; for lists see tests/spec/access/reach.rs"),
        Column::NarrowedReach if fixtures::is_the_vendors_own(&operation.path) => Some("it is the vendor's own, whatever partners one reaches"),
        Column::LowerRole if needs == Needs::AnyCredential => Some("any credential will do"),
        Column::OtherVendor | Column::OtherPartner if !named => Some("it names nothing that could be another's"),
        Column::OtherPartner if matches!(needs, Needs::Permission(needed) if !partner.contains(&needed)) => Some("no partner's role may"),
        // Each has a specification of its own in `repeats`, by method.
        Column::RightOne if is_stream(operation) => Some("a stream does not end: tests/spec/serving/stream.rs"),
        _ => None,
    }
}

/// Whether it is left to somebody whose reach is narrowed.
fn is_limitable(needs: &Needs) -> bool {
    let Needs::Permission(needed) = needs else { return true };
    needed.parse::<access::Permission>().is_ok_and(|permission| access::permission::limitable() & permission.bit() != 0)
}

fn is_stream(operation: &Operation) -> bool {
    operation.json["responses"]["200"]["content"]["text/event-stream"].is_object()
}

/// The operations that `column` calls.
fn called(world: &World, column: Column) -> impl Iterator<Item = &'static Operation> {
    operations(world).iter().filter(move |operation| void(operation, column).is_none())
}

/// Every operation that is called with each of these is refused with 401, in the same words.
async fn all_refuse(world: &World, column: Column, callers: impl Fn(&Operation) -> Vec<(&'static str, Client)>) {
    let plainly = plain(&world.anonymous().get("/v1/vendor").await.expect(401));
    let mut found = Vec::new();
    for operation in called(world, column) {
        let (path, body) = (path_to_nowhere(operation), example(world, operation));
        for (how, client) in callers(operation) {
            // What is wrong with the body is nobody's business either.
            for call in [call(&client, operation, &path, body.clone()), call(&client, operation, &path, None).raw("application/json", "{")] {
                let reply = call.await;
                if reply.status != 401 || plain(&reply) != plainly || reply.header("www-authenticate").is_none() {
                    found.push(format!("{} {how}:\n{reply}", operation.id));
                }
            }
        }
    }
    assert_none(found);
}

/// A hole in the matrix, for the eye.
struct Hole<'a>(&'a Operation, Vec<Column>);

impl fmt::Display for Hole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not called as {:?}", self.0.id, self.1)
    }
}

/// What a call asks of the database, in order.
async fn asked(call: Call) -> Vec<String> {
    /// What nobody listens to is not even said, and a place in the code keeps that answer for a moment after somebody came: so one listens always.
    static LISTENS: LazyLock<tracing::Dispatch> = LazyLock::new(|| tracing_subscriber::registry().with(Statements::default()).into());
    LazyLock::force(&LISTENS);
    let statements = Statements::default();
    let listening = tracing_subscriber::registry().with(statements.clone());
    call.into_future().with_subscriber(listening).await;
    std::mem::take(&mut statements.0.lock().expect("statements"))
}

/// Listens for what is asked of the database.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Sql<'a>(&'a Statements);
        impl tracing::field::Visit for Sql<'_> {
            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                if field.name() == "sql" {
                    self.0.0.lock().expect("statements").push(value.to_owned());
                }
            }
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn fmt::Debug) {}
        }
        if event.metadata().target() == "prm::sql" {
            event.record(&mut Sql(self));
        }
    }
}

spec! {
    /// An operation that neither is called nor says why would be a hole; so would one that only strangers are refused.
    async fn no_operation_is_left_out(world) {
        let mut holes = Vec::new();
        for operation in operations(world) {
            let voids: Vec<_> = COLUMNS.into_iter().filter(|column| void(operation, *column).is_some()).collect();
            let least: &[Column] = match needs(operation) {
                Needs::Nothing => &[Column::RightOne],
                Needs::Operator => &[Column::NoToken, Column::RightOne],
                Needs::AnyCredential => &[Column::NoToken, Column::Expired, Column::RightOne],
                Needs::Permission(_) => &[Column::NoToken, Column::Expired, Column::LowerRole, Column::RightOne],
            };
            let missing: Vec<_> = least.iter().copied().filter(|column| voids.contains(column) && !is_stream(operation)).collect();
            if !missing.is_empty() {
                holes.push(Hole(operation, missing).to_string());
            }
        }
        assert_none(holes);
    }

    async fn without_a_working_credential_every_operation_refuses_alike(world) {
        let acme = world.vendor("Acme").await;
        all_refuse(world, Column::NoToken, |operation| {
            let other = match needs(operation) {
                Needs::Operator => ("with a vendor's key", acme.client().clone()),
                _ => ("with the operator's key", world.operator()),
            };
            vec![("without a credential", world.anonymous()), ("with garbage", acme.bearing("garbage")), other]
        })
        .await;
    }

    async fn a_token_that_has_run_out_is_no_token(world) {
        let acme = world.vendor("Acme").await;
        let seller = acme.adds_partner("Northwind").await.person("partner_admin").await;
        let signed_in = seller.signs_in(&["pwd"]).await;
        let token = acme.post("/v1/tokens", json!({ "expires_in": 60 })).await.expect(201).text("access_token");
        let key = json!({ "name": "Trial", "role": "admin", "expires_at": world.now() + minutes(1) });
        let key = acme.post("/v1/api-keys", key).await.expect(201).text("secret");
        for client in [acme.bearing(&token), acme.bearing(&key)] {
            client.get("/v1/vendor").await.expect(200);
        }
        signed_in.get("/v1/partners").await.expect(200);
        world.clock.advance(minutes(15));
        all_refuse(world, Column::Expired, |_| {
            vec![("with a token", acme.bearing(&token)), ("with a key", acme.bearing(&key)), ("with a session's token", (*signed_in).clone())]
        })
        .await;
    }

    async fn another_vendors_things_are_answered_like_things_that_do_not_exist(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let mut found = Vec::new();
        for operation in called(world, Column::OtherVendor) {
            let body = example(world, operation);
            let theirs = fixtures::living(&rival, &operation.path).await;
            if fixtures::is_named_freely(&operation.path) && operation.method == Method::PUT {
                // One's own thing of the same name: the other's stays as it is.
                let before = rival.get(&theirs).await.expect(200);
                let reply = call(&acme, operation, &theirs, body).await;
                let after = rival.get(&theirs).await.expect(200);
                if reply.status >= 400 || before.body != after.body {
                    found.push(format!("{} changes another vendor's:\n{reply}\n{after}", operation.id));
                }
                continue;
            }
            let own = if fixtures::is_named_freely(&operation.path) { world.vendor("Empty").await } else { acme.clone() };
            let (foreign, nowhere) = (
                call(&own, operation, &theirs, body.clone()).await,
                call(&own, operation, path_to_nowhere(operation), body.clone()).await,
            );
            let garbage = call(&own, operation, fill(&operation.path, |_| "%00'%22%F0%9F%92%A9".into()), body.clone()).await;
            let other_kind = call(&own, operation, fill(&operation.path, |_| own.id.clone()), body).await;
            for (what, reply) in [("another vendor's", &foreign), ("nobody's", &nowhere), ("garbage", &garbage), ("another kind's", &other_kind)] {
                if reply.status != 404 || plain(reply) != plain(&nowhere) {
                    found.push(format!("{} with {what} id:\n{reply}", operation.id));
                }
            }
        }
        assert_none(found);
    }

    /// Whatever a partner's person may do at all, it may not do to what is another partner's.
    async fn another_partners_things_are_answered_like_things_that_do_not_exist(world) {
        let acme = world.vendor("Acme").await;
        let person = acme.adds_partner("Outsider").await.person("partner_admin").await;
        let mut found = Vec::new();
        for operation in called(world, Column::OtherPartner) {
            let (path, body) = fixtures::ready(&acme, operation).await;
            let (theirs, nowhere) = (
                call(&person, operation, &path, body.clone()).await,
                call(&person, operation, path_to_nowhere(operation), body).await,
            );
            if theirs.status != 404 || plain(&theirs) != plain(&nowhere) {
                found.push(format!("{}:\n{theirs}\n{nowhere}", operation.id));
            }
        }
        assert_none(found);
    }

    /// Somebody of the vendor whose reach is narrowed to nowhere may do all that can be limited, and finds nobody to do it to.
    async fn what_lies_beyond_a_narrowed_reach_is_answered_like_things_that_do_not_exist(world) {
        let acme = world.vendor("Acme").await;
        let narrowed = acme.narrowed("admin", json!({ "territories": [{ "country": "AQ" }] })).await;
        let mut found = Vec::new();
        for operation in called(world, Column::NarrowedReach) {
            if !is_limitable(&needs(operation)) {
                let reply = call(&narrowed, operation, path_to_nowhere(operation), example(world, operation)).await;
                if reply.status != 403 || reply["code"] != "auth.forbidden" {
                    found.push(format!("{} is left to a narrowed reach:\n{reply}", operation.id));
                }
                continue;
            }
            let (mut path, body) = fixtures::ready(&acme, operation).await;
            if operation.path.starts_with("/v1/people/") {
                let seller = acme.adds_partner("Northwind").await.person("sales").await;
                path = fill(&operation.path, |_| seller.id.clone());
            }
            let (theirs, nowhere) = (
                call(&narrowed, operation, &path, body.clone()).await,
                call(&narrowed, operation, path_to_nowhere(operation), body).await,
            );
            if theirs.status != 404 || plain(&theirs) != plain(&nowhere) {
                found.push(format!("{}:\n{theirs}\n{nowhere}", operation.id));
            }
        }
        assert_none(found);
    }

    /// Nor in time: what is another's is looked for by the very statements with which nothing is found. Which those are is
    /// the same on every machine, and the clock is not.
    async fn a_foreign_id_costs_what_a_missing_one_costs(world) {
        let (acme, rival) = (world.vendor("Acme").await, world.vendor("Rival").await);
        let (mut found, mut compared) = (Vec::new(), 0);
        for operation in called(world, Column::OtherVendor).filter(|operation| !fixtures::is_named_freely(&operation.path)) {
            let body = example(world, operation);
            let theirs = fixtures::living(&rival, &operation.path).await;
            // What is kept for a while is asked for once, by whoever comes first.
            call(&acme, operation, path_to_nowhere(operation), body.clone()).await;
            let foreign = asked(call(&acme, operation, &theirs, body.clone())).await;
            let nowhere = asked(call(&acme, operation, path_to_nowhere(operation), body)).await;
            if foreign != nowhere {
                found.push(format!("{}: another's\n{foreign:#?}\nnobody's\n{nowhere:#?}", operation.id));
            }
            compared += usize::from(!foreign.is_empty());
        }
        assert!(compared > 20, "only {compared} asked the database anything");
        assert_none(found);
    }

    /// With every permission but the right one: 403, whatever the path names and the body says. With the right one: not.
    async fn a_key_needs_exactly_the_permission_that_the_document_names(world) {
        let acme = world.vendor("Acme").await;
        let mut found = Vec::new();
        for permission in access::Permission::ALL {
            let others: Vec<_> = access::Permission::ALL.iter().filter(|other| *other != permission).map(|other| other.wire()).collect();
            let (only, but) = (acme.makes_key("admin", &[permission.wire()]).await, acme.makes_key("admin", &others).await);
            for operation in called(world, Column::LowerRole).filter(|operation| needs(operation) == Needs::Permission(permission.wire())) {
                let (path, body) = (path_to_nowhere(operation), example(world, operation));
                let reply = call(&but, operation, &path, body.clone()).await;
                if reply.status != 403 || reply["code"] != "auth.forbidden" {
                    found.push(format!("{} with everything but {}:\n{reply}", operation.id, permission.wire()));
                }
                if let Some(reply) = unless_stream(operation, call(&only, operation, &path, body)).await
                    && (reply.status == 401 || reply["code"] == "auth.forbidden" || reply.status >= 500)
                {
                    found.push(format!("{} with nothing but {}:\n{reply}", operation.id, permission.wire()));
                }
            }
        }
        let unknown = |operation: &&Operation| matches!(needs(operation), Needs::Permission(named) if named.parse::<access::Permission>().is_err());
        found.extend(operations(world).iter().filter(unknown).map(|operation| format!("{}: no such permission", operation.id)));
        assert_none(found);
    }
}
