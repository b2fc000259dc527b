//! What is asked, and what is told.

use crate::document::Body;
use crate::find::{Found, find};
use crate::highlight::{self, SearchPart};
use crate::kind::{SearchType, Shelf};
use crate::query::Query;
use crate::{entity, index, projection, store};
use access::Anyone;
use axum::Json;
use axum::extract::State;
use kernel::page::cursor;
use kernel::{App, PageQuery, Params, Problem};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Characters that may be typed.
const LONGEST: usize = 200;
/// Names the list in its cursors.
const LIST: &str = "search";

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What was typed, and what is looked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// What was typed: words or parts of words in any order, or an id, an address or a number. Without a letter or a digit nothing is found; of
    /// more than eight words, the first eight count.
    #[param(max_length = 200)]
    pub q: Option<String>,
    /// The types looked for, joined by commas: `deal,account,partner,lead,opportunity,referral,person`; all that the caller may read if absent.
    #[param(
        max_length = 100,
        pattern = "^(deal|account|partner|lead|opportunity|referral|person)(,(deal|account|partner|lead|opportunity|referral|person))*$"
    )]
    pub types: Option<String>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl SearchQuery {
    fn types(&self) -> Result<Vec<SearchType>, Problem> {
        let Some(types) = &self.types else { return Ok(SearchType::ALL.to_vec()) };
        let wrong = || Problem::invalid("types", "invalid_value", "Name types such as `deal,account`.");
        let mut named = Vec::new();
        for name in types.split(',') {
            let kind = SearchType::ALL.into_iter().find(|kind| kind.wire() == name).ok_or_else(wrong)?;
            if !named.contains(&kind) {
                named.push(kind);
            }
        }
        Ok(named)
    }
}

/// A text in which something of what was typed was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHighlight {
    /// Where it stands: `title`, `external_id`, `domain`, `tax_id`, `contact`, `email` and others. More may come.
    pub field: String,
    /// The text in parts, which together are all of it.
    pub parts: Vec<SearchPart>,
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: SearchType,
    /// Its id, e.g. `deal_01…`.
    pub id: String,
    /// What it is called: the name of a company, a partner, an opportunity or a person.
    pub title: String,
    /// What tells it from others of that name, e.g. a domain and a country; may be empty.
    pub subtitle: String,
    /// Where it stands, as its own resource says it; absent where that says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The partner whose it is; absent if it belongs to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// The id by which accounts and opportunities are read; a lead's own for the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// How well it fits, 0 to 1000: 1000 is an exact id, address, number or name. Only the order means anything.
    pub score: i64,
    /// Where what was typed is to be seen in it.
    pub highlights: Vec<SearchHighlight>,
}

/// How much of one type was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchCount {
    /// The type.
    #[serde(rename = "type")]
    pub kind: SearchType,
    /// Hits on all pages together.
    pub hits: usize,
}

/// What was found, best first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"data": [{"type": "account", "id": "acc_01jd3k7x2mfq8t9v5w6y0zabcd", "title": "Fabrikam Robotics GmbH",
    "subtitle": "fabrikam.example · DE", "external_id": "A-1001", "score": 898,
    "highlights": [{"field": "title", "parts": [{"text": "Fabrikam", "found": true}, {"text": " Robotics GmbH", "found": false}]}]}],
    "types": [{"type": "account", "hits": 1}], "as_of_sequence": 4711}))]
pub struct SearchPage {
    /// The hits of this page.
    pub data: Vec<SearchHit>,
    /// How many there are of each type that has any.
    pub types: Vec<SearchCount>,
    /// Up to which event of the vendor's log is searched: it is followed within a moment.
    pub as_of_sequence: i64,
    /// Send it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Search deals, accounts, partners, leads, opportunities, referrals and people at once, best first.
///
/// Found is what the caller may read: a type without its permission is not searched, and a partner's people find their own. Each typed word fits
/// a word that is equal to it, begins with it, holds it or is a typo away (two from six letters on); accents, case and script make no difference.
/// Hits have as many of the typed words as any has. At most 600 things are held against what was typed. New words are found once the log was
/// followed, within a moment.
#[utoipa::path(get, path = "/search", operation_id = "search", tag = "search", params(SearchQuery),
    security(("bearer" = [])),
    responses((status = 200, description = "What was found.", body = SearchPage)))]
async fn search(State(app): State<App>, Anyone(who): Anyone, Params(query): Params<SearchQuery>) -> Result<Json<SearchPage>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let limit = page.limit()? as usize;
    let after: Option<(i64, Uuid, i16)> = page.after(LIST)?;
    let shelves: Vec<Shelf> = query.types()?.into_iter().filter_map(|kind| kind.shelf_of(&who)).collect();
    let typed = query.q.as_deref().unwrap_or_default();
    if typed.chars().count() > LONGEST {
        return Err(Problem::invalid("q", "too_long", format!("Type at most {LONGEST} characters.")));
    }
    let as_of_sequence = kernel::readers::cursor(&app, projection::READER, who.scope.vendor()).await?;
    let Some(typed) = Query::of(typed).filter(|_| !shelves.is_empty()) else {
        return Ok(Json(SearchPage { data: Vec::new(), types: Vec::new(), as_of_sequence, next_cursor: None }));
    };
    let db = app.db().read_of(who.scope.vendor()).await?;
    let found = find(&db, who.scope, &shelves, &typed).await?;
    let types = counts(&found);
    let is_after = |hit: &&Found| after.is_none_or(|(score, id, code)| hit.place() > (Reverse(score), Reverse(id), code));
    let mut rest: Vec<Found> = found.iter().filter(is_after).take(limit + 1).copied().collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next_cursor = rest.last().filter(|_| more).map(|last| cursor(LIST, &(last.score, last.id, last.shelf.code())));
    let wanted: Vec<_> = rest.iter().map(|hit| (hit.shelf, hit.id)).collect();
    let rows: HashMap<_, _> = store::documents(&db, who.scope, &wanted).await?.into_iter().map(|row| ((row.kind, row.id), row)).collect();
    let told = rest.iter().filter_map(|hit| rows.get(&(hit.shelf.code(), hit.id)).map(|row| told(&typed, hit, row)));
    Ok(Json(SearchPage { data: told.collect::<Result<_, _>>()?, types, as_of_sequence, next_cursor }))
}

fn counts(found: &[Found]) -> Vec<SearchCount> {
    let count = |kind| SearchCount { kind, hits: found.iter().filter(|hit| hit.shelf.kind() == kind).count() };
    SearchType::ALL.into_iter().map(count).filter(|count| count.hits > 0).collect()
}

fn told(typed: &Query, hit: &Found, row: &entity::document::Model) -> Result<SearchHit, Problem> {
    let Body { id, title, status, partner_id, external_id, fields } = index::body(row)?;
    let texts = [("title", title.as_str())].into_iter().chain(external_id.as_deref().map(|text| ("external_id", text)));
    let texts = texts.chain(fields.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let marked = |(field, text): (&str, &str)| Some(SearchHighlight { field: field.to_owned(), parts: highlight::of(typed, text)? });
    let highlights = texts.filter_map(marked).collect();
    let says = ["domain", "region", "country", "stage", "email", "role"];
    let tells_apart = |name: &str| says.contains(&name) && !fields.iter().any(|(other, _)| other == crate::document::CONTACT && name == "email");
    let subtitle: Vec<_> = fields.iter().filter(|(name, _)| tells_apart(name)).map(|(_, text)| text.as_str()).collect();
    let subtitle = subtitle.join(" · ");
    Ok(SearchHit { kind: hit.shelf.kind(), id, title, subtitle, status, partner_id, external_id, score: hit.score, highlights })
}
