//! Puts an instance together, as `prm serve` does.

use crate::document::Document;
use crate::world::{Instance, OPERATOR_KEY, Options};
use access::authenticate::{OperatorKey, hash};
use kernel::App;
use server::Limits;

pub(crate) fn instance(app: App, options: Options) -> Instance {
    app.provide(OperatorKey(hash(OPERATOR_KEY)));
    app.provide(webhooks::Settings { allow_private: options.private_receivers, ..webhooks::Settings::default() });
    server::follow(&app);
    let (router, openapi) = server::assemble(&app, &Limits::default());
    let document = Document::of(|| serde_json::to_value(&openapi).expect("a document"));
    let workers = server::workers(&app);
    Instance { app, router, workers, document }
}
