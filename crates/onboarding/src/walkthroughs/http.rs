//! What one is shown, and what one did: one's own, over HTTP.

use super::me::{Me, person_of};
use super::types::{WalkthroughDone, WalkthroughShown, WalkthroughsForMe};
use super::{WalkthroughId, published, service, store};
use crate::reading;
use access::Anyone;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::locale::a_language;
use kernel::{App, At, Params, Problem, Valid};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Walkthroughs that somebody is shown at once.
const MOST: usize = 50;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_my_walkthroughs)).routes(routes!(progress_walkthrough))
}

/// Where one is, and how it is shown.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WalkthroughsForMeQuery {
    /// The screen that one has come to; all screens if absent.
    #[param(max_length = 200)]
    pub screen: Option<String>,
    /// The language of texts, e.g. `de` or `pt-BR`; one's own if absent. Where there is none in it: one's own, the partner's, the vendor's, English.
    #[param(max_length = 35)]
    pub language: Option<String>,
    /// Also those that one has completed or dismissed, to offer them again.
    pub include_ended: Option<bool>,
}

/// What the caller is to be shown now on a screen, with how far they are.
///
/// The latest published version of each walkthrough that is for them and that they are not through with. Conditions that cannot be told do not hold.
#[utoipa::path(get, path = "/walkthroughs/me", operation_id = "get_my_walkthroughs", tag = "walkthroughs", params(WalkthroughsForMeQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "What to show.", body = WalkthroughsForMe)))]
async fn get_my_walkthroughs(
    State(app): State<App>,
    Anyone(who): Anyone,
    Params(query): Params<WalkthroughsForMeQuery>,
) -> Result<Json<WalkthroughsForMe>, Problem> {
    let (vendor, person) = (who.scope.vendor(), person_of(&who)?);
    if query.language.as_deref().is_some_and(|language| a_language(language).is_err()) {
        return Err(Problem::invalid("language", "language", "Name a language as BCP 47 does: `de`, `pt-BR`, `zh-Hant`."));
    }
    let db = app.db().read_of(vendor).await?;
    let shelf = published::shelf(&app, &db, vendor).await?;
    let of_screen = |screen: &str| query.screen.as_deref().is_none_or(|wanted| wanted == screen);
    let candidates: Vec<_> = shelf.shown().into_iter().filter(|one| of_screen(&one.body.screen)).collect();
    if candidates.is_empty() {
        return Ok(Json(WalkthroughsForMe { walkthroughs: Vec::new() }));
    }
    let me = Me::of(&db, vendor, person).await?;
    let progress = store::of_person(&db, vendor, person).await?;
    let languages = reading::of_caller(&app, &db, &who, query.language.clone()).await?;
    let mut walkthroughs = Vec::new();
    for one in candidates {
        let standing = shelf.standing(one, &progress)?;
        let wanted = query.include_ended == Some(true) || !standing.status.is_over();
        if wanted && walkthroughs.len() < MOST && one.is_for(&me.facts) {
            walkthroughs.push(WalkthroughShown::of((one.id, one.version), &one.body, standing, &languages));
        }
    }
    Ok(Json(WalkthroughsForMe { walkthroughs }))
}

/// Take down what the caller did in a walkthrough.
///
/// Calls may come twice, late, and in any order: a step that was seen stays seen, and what was completed stays completed. `restart` alone begins
/// anew. 404 for a walkthrough that is not for the caller.
#[utoipa::path(post, path = "/walkthroughs/{id}/progress", operation_id = "progress_walkthrough", tag = "walkthroughs",
    params(("id" = WalkthroughId, Path, description = "The version that was shown.")), request_body = WalkthroughDone, security(("bearer" = [])),
    responses((status = 200, description = "How far the caller is now.", body = WalkthroughShown)))]
async fn progress_walkthrough(
    State(app): State<App>,
    Anyone(who): Anyone,
    At(id): At<WalkthroughId>,
    Valid(body): Valid<WalkthroughDone>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| service::done(tx, id, body).await).await
}
