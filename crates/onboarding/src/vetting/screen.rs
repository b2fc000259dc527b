//! Looks for somebody in every list, and says what was found in the words of the API.

use super::ScreeningListId;
use super::lists::cache::{self, Ready};
use kernel::{Problem, Tx};
use screening::{Birth, Circumstance, EntryKind, Hit, How, Quality, Subject, SubjectKind, Verdict};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use validator::ValidationError;

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScreenedAs {
    /// A human being.
    Person,
    /// A company.
    Organisation,
    /// A ship.
    Vessel,
    /// An aircraft.
    Aircraft,
    /// It is not known.
    Any,
}

/// Words of two names that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"subject": "mohamed", "listed": "muhammad", "how": "sound", "similarity": 95}))]
pub struct SanctionWords {
    /// In the subject's name, in plain letters.
    pub subject: String,
    /// In the listed name.
    pub listed: String,
    /// `same`, `sound`, `spelling`, `joined` or `initial`.
    pub how: String,
    /// How alike, in hundredths.
    pub similarity: i64,
}

/// A fact beside the name that speaks for a match, or against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"what": "birth_date", "verdict": "differs", "subject": "1990-05-01", "listed": "1957", "effect": -15}))]
pub struct SanctionFact {
    /// `birth_date` or `country`.
    pub what: String,
    /// `agrees`, `close` or `differs`.
    pub verdict: String,
    /// The subject's.
    pub subject: String,
    /// The entry's.
    pub listed: String,
    /// What it added to the score, in hundredths.
    pub effect: i64,
}

/// An entry that may be the subject, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"list_id": "scl_01jd3k7x2mfq8t9v5w6y0zabcd", "list": "OFAC SDN", "list_version": 3, "entry_id": "36", "entry_version": 1,
    "entry_kind": "entity", "name": "AERO-CARIBBEAN", "quality": "strong", "score": 97, "name_score": 99,
    "words": [{"subject": "aerocaribbean", "listed": "aero caribbean", "how": "joined", "similarity": 97}], "only_subject": [], "only_listed": [],
    "facts": [], "programmes": ["CUBA"]}))]
pub struct SanctionMatch {
    /// The list.
    pub list_id: ScreeningListId,
    /// Its name.
    pub list: String,
    /// Its version.
    pub list_version: i64,
    /// The entry's id, as published.
    pub entry_id: String,
    /// Raised whenever the entry says something else.
    pub entry_version: i64,
    /// `person`, `entity`, `vessel` or `aircraft`.
    pub entry_kind: String,
    /// The name of the entry that is most like the subject's.
    pub name: String,
    /// `primary`, `strong` or `weak`, as the list says.
    pub quality: String,
    /// How much speaks for it, in hundredths.
    pub score: i64,
    /// How alike the names are, in hundredths.
    pub name_score: i64,
    /// Words that belong together.
    pub words: Vec<SanctionWords>,
    /// Words that only the subject's name has.
    pub only_subject: Vec<String>,
    /// Words that only the listed name has.
    pub only_listed: Vec<String>,
    /// What else speaks for it or against it.
    pub facts: Vec<SanctionFact>,
    /// The programmes under which it is listed.
    pub programmes: Vec<String>,
    /// What a person decided about it: `cleared` or `confirmed`. It holds for these facts and this version of the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// Who is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What kind.
    pub kind: ScreenedAs,
    /// The name.
    pub name: &'a str,
    /// A date of birth or a year.
    pub birth: Option<&'a str>,
    /// A country.
    pub country: Option<&'a str>,
}

/// For `#[validate(custom(function = …))]`: a day or a year.
pub fn birth_date(text: &str) -> Result<(), ValidationError> {
    let wrong = || ValidationError::new("birth_date").with_message("Send a day such as `1974-02-17`, or a year.".into());
    read_birth(text).map(|_| ()).ok_or_else(wrong)
}

fn read_birth(text: &str) -> Option<Birth> {
    use chrono::{Datelike, NaiveDate};
    let usual = |year: i32| (1850..=2200).contains(&year);
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().filter(|year| usual(*year)).map(|year| Birth::within(year, year));
    }
    let day: NaiveDate = (text.len() == 10).then(|| text.parse().ok()).flatten()?;
    usual(day.year()).then(|| Birth::on(day.year(), day.month() as u8, day.day() as u8))
}

/// Hundredths.
fn cents(score: f32) -> i64 {
    (score * 100.0).round() as i64
}

/// Entries of these lists that score at least so much, the best first; at most twenty of each list.
pub fn find(lists: &[Arc<Ready>], wanted: &Wanted<'_>, at_least: i64) -> Vec<SanctionMatch> {
    let kind = match wanted.kind {
        ScreenedAs::Person => SubjectKind::Person,
        ScreenedAs::Organisation => SubjectKind::Organisation,
        ScreenedAs::Vessel => SubjectKind::Vessel,
        ScreenedAs::Aircraft => SubjectKind::Aircraft,
        ScreenedAs::Any => SubjectKind::Any,
    };
    let countries = wanted.country.map(str::to_owned).into_iter().collect();
    let subject = Subject { kind, name: wanted.name.to_owned(), birth: wanted.birth.and_then(read_birth), countries };
    // Rounded as it is shown, so that what is shown as 80 is 80.
    let least = (at_least as f32 - 0.5) / 100.0;
    let mut found: Vec<_> = lists.iter().flat_map(|list| list.compiled.hits(&subject, least).into_iter().map(|hit| told(list, hit))).collect();
    found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.entry_id.cmp(&b.entry_id)));
    found
}

fn told(list: &Ready, hit: Hit<'_>) -> SanctionMatch {
    let words = hit.pairs.into_iter().map(|pair| SanctionWords {
        subject: pair.subject,
        listed: pair.listed,
        how: match pair.how {
            How::Same => "same",
            How::Sound => "sound",
            How::Spelling => "spelling",
            How::Joined => "joined",
            How::Initial => "initial",
        }
        .to_owned(),
        similarity: cents(pair.similarity),
    });
    SanctionMatch {
        list_id: ScreeningListId(list.list),
        list: list.name.clone(),
        list_version: list.version,
        entry_id: hit.entry.id.clone(),
        entry_version: list.versions.get(&hit.entry.id).copied().unwrap_or(1),
        entry_kind: match hit.entry.kind {
            EntryKind::Person => "person",
            EntryKind::Entity => "entity",
            EntryKind::Vessel => "vessel",
            EntryKind::Aircraft => "aircraft",
        }
        .to_owned(),
        name: hit.name.text.clone(),
        quality: match hit.name.quality {
            Quality::Primary => "primary",
            Quality::Strong => "strong",
            Quality::Weak => "weak",
        }
        .to_owned(),
        score: cents(hit.score),
        name_score: cents(hit.name_score),
        words: words.collect(),
        only_subject: hit.only_subject,
        only_listed: hit.only_listed,
        facts: hit.circumstances.into_iter().map(fact).collect(),
        programmes: hit.entry.programmes.clone(),
        verdict: None,
    }
}

fn fact(circumstance: Circumstance) -> SanctionFact {
    let verdict = match circumstance.verdict {
        Verdict::Agrees => "agrees",
        Verdict::Close => "close",
        Verdict::Differs => "differs",
    };
    SanctionFact {
        what: circumstance.what,
        verdict: verdict.to_owned(),
        subject: circumstance.subject,
        listed: circumstance.listed,
        effect: cents(circumstance.effect),
    }
}

/// Look for some who are no subjects yet, such as an applicant, by the policy in force: what was found that somebody has to look at. `None` if there
/// is no list to look in.
pub async fn screen(tx: &Tx, wanted: &[Wanted<'_>]) -> Result<Option<Vec<SanctionMatch>>, Problem> {
    let policy = super::policy::in_force(tx).await?;
    let lists = cache::all(&tx.app().clone(), tx, tx.vendor()).await?;
    let found = || wanted.iter().flat_map(|wanted| find(&lists, wanted, policy.policy.review_at)).collect();
    Ok((!lists.is_empty()).then(found))
}
