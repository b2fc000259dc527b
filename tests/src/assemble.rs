//! Puts an instance together, as `prm serve` does.

use crate::document::Document;
use crate::world::{Instance, OPERATOR_KEY, Options};
use access::authenticate::{OperatorKey, hash};
use kernel::App;
use server::Limits;
use std::time::Duration;

pub(crate) fn instance(app: App, options: Options) -> Instance {
    app.provide(OperatorKey(hash(OPERATOR_KEY)));
    app.provide(webhooks::Settings { allow_private: options.private_receivers, ..webhooks::Settings::default() });
    app.provide(engagement::Settings { allow_private: options.private_receivers });
    let patience = Duration::from_secs(2);
    app.provide(onboarding::asking::Settings { allow_private: options.private_receivers, patience });
    app.provide(access::sso::Settings { allow_private: options.private_providers });
    app.provide(options.rates);
    server::follow(&app);
    let limits = (options.limits)(Limits { hold_back: Duration::ZERO, ..Limits::default() });
    let (router, openapi) = server::assemble(&app, &limits);
    let document = Document::of(|| serde_json::to_value(openapi).expect("a document"));
    let workers = server::workers(&app);
    Instance { app, router, limits, workers, document }
}
