//! Which lists there are and what each is filtered by, as the document says it: kept views are held against this.

use access::views::Lists;
use std::collections::BTreeSet;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

/// The answer to what was typed, which is no list of one kind of thing.
const SEARCH: &str = "search";

/// Every list under `/v1` that is not inside another thing, with the parameters of its query but for those of paging.
pub(crate) fn lists(document: &OpenApi) -> Lists {
    let mut found = Lists::default();
    for (path, item) in &document.paths.paths {
        let Some(name) = path.strip_prefix("/v1/").filter(|name| !name.contains(['{', '/']) && *name != SEARCH) else { continue };
        let Some(parameters) = item.get.as_ref().and_then(|operation| operation.parameters.as_ref()) else { continue };
        let named = |parameter: &RefOr<Parameter>| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
            _ => None,
        };
        let query = || parameters.iter().filter_map(named);
        if query().any(|name| name == "cursor") {
            found.0.insert(name.to_owned(), query().filter(|name| name != "cursor" && name != "limit").collect::<BTreeSet<_>>());
        }
    }
    found
}
