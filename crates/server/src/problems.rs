//! `GET /problems/{code}`: what the `type` of a problem document leads to.

use crate::assemble::problem_kinds;
use axum::Json;
use axum::extract::Path;
use kernel::App;
use kernel::Problem;
use kernel::problem::Kind;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What a kind of problem means.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"code": "revision.stale", "status": 412, "title": "The resource has changed since the revision in If-Match; read it again."}))]
pub struct ProblemKind {
    /// Stable machine-readable code.
    pub code: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// What it means, the same for every occurrence.
    pub title: &'static str,
}

/// Every kind of problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"data": [{"code": "revision.stale", "status": 412, "title": "The resource has changed since the revision in If-Match; read it again."}]}))]
pub struct ProblemKinds {
    /// By code.
    pub data: Vec<ProblemKind>,
}

impl From<Kind> for ProblemKind {
    fn from(Kind { status, code, title }: Kind) -> Self {
        Self { code, status, title }
    }
}

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_problems)).routes(routes!(get_problem))
}

/// List every kind of problem that this API answers with.
#[utoipa::path(get, path = "/problems", operation_id = "list_problems", tag = "operation", security(()),
    responses((status = 200, description = "Every kind, by code.", body = ProblemKinds)))]
async fn list_problems() -> Json<ProblemKinds> {
    let mut kinds = problem_kinds();
    kinds.sort_by_key(|kind| kind.code);
    Json(ProblemKinds { data: kinds.into_iter().map(ProblemKind::from).collect() })
}

/// Explain one kind of problem. The `type` of a problem document is this path.
#[utoipa::path(get, path = "/problems/{code}", operation_id = "get_problem", tag = "operation", security(()),
    params(("code" = String, Path, description = "The problem's code.", example = "revision.stale")),
    responses((status = 200, description = "What it means.", body = ProblemKind)))]
async fn get_problem(Path(code): Path<String>) -> Result<Json<ProblemKind>, Problem> {
    let found = problem_kinds().into_iter().find(|kind| kind.code == code);
    found.map(|kind| Json(kind.into())).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_code_means_one_thing() {
        let mut seen = HashSet::new();
        for kind in problem_kinds() {
            assert!(seen.insert(kind.code), "{} is declared twice", kind.code);
            assert!((400..600).contains(&kind.status) && !kind.title.is_empty(), "{}", kind.code);
        }
    }
}
