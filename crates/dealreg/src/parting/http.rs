//! Handing a deal over, over HTTP.

use super::hand_over::hand_over;
use crate::DealId;
use crate::types::Deal;
use access::{Can, may};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id::PartnerId;
use kernel::problem::ProblemDocument;
use kernel::text::not_blank;
use kernel::{App, At, Problem, Valid};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(hand_over_deal))
}

/// Who takes a deal over.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "reason": "They look after this region now."}))]
pub struct DealHandOver {
    /// An active partner.
    pub partner_id: PartnerId,
    /// Why, for whoever takes it over.
    #[validate(length(min = 1, max = 2000), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: Option<String>,
}

/// Hand an open deal over to another partner, with its customer and its protection.
#[utoipa::path(post, path = "/deals/{id}/hand-over", operation_id = "hand_over_deal", tag = "deals",
    params(("id" = DealId, Path, description = "The deal."),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the deal must still have; 412 if it has another.")),
    request_body = DealHandOver, security(("bearer" = ["deals:decide"])),
    responses(
        (status = 200, description = "The deal as it now is.", body = Deal),
        (status = 412, description = "The deal has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn hand_over_deal(
    State(app): State<App>,
    who: Can<may::DecideDeals>,
    At(id): At<DealId>,
    Valid(body): Valid<DealHandOver>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| hand_over(tx, id, body.partner_id, body.reason).await).await
}
