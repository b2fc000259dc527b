//! What a template says, as a vendor writes it.

use super::fill;
use super::outside::SignatureServiceId;
use super::rules::AgreementSide;
use kernel::Problem;
use kernel::locale::{self, Texts, is_language};
use kernel::problem::FieldError;
use partners::PartnerType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// What a signer consents to, where the template says nothing else.
const CONSENT: &str =
    "I have read this document, I agree to it and mean to be bound by it, and I agree to sign it electronically, which counts as my signature.";
/// Characters of a text in one language.
const LONGEST: usize = 60_000;

/// Somebody who signs, as a template names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "partner", "side": "partner", "title": {"en": "For the partner"}}))]
pub struct AgreementTemplateSigner {
    /// Names them in the text: `{{ signers.partner.name }}`.
    #[validate(length(min = 1, max = 40), custom(function = role))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub role: String,
    /// For whom they sign.
    pub side: AgreementSide,
    /// What stands beside their name, by language.
    #[validate(custom(function = locale::each_fits))]
    #[schema(value_type = HashMap<String, String>)]
    pub title: Texts,
}

/// The contract that is kept in the hub once everybody has signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"months": 12, "renews_by_months": 12, "notice_days": 90}))]
pub struct AgreementTemplateContract {
    /// Months that it runs; without end if absent.
    #[validate(range(min = 1, max = 120))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 120)]
    pub months: Option<i64>,
    /// Months by which it renews itself; it does not if absent.
    #[validate(range(min = 1, max = 120))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 120)]
    pub renews_by_months: Option<i64>,
    /// Days of notice.
    #[validate(range(min = 0, max = 1825))]
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1825)]
    pub notice_days: i64,
}

/// A version of a template to be drafted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "reseller-emea", "kind": "reseller", "title": {"en": "Reseller agreement"},
    "body": {"en": "## Parties\n\nThis agreement is between **{{ vendor.name }}** and **{{ partner.name }}**, as of {{ agreement.date }}.\n\n1. The partner sells.\n2. The vendor pays."},
    "partner_types": ["reseller"], "regions": [], "page": "https://partners.acme.example/sign", "expires_days": 30, "remind_every_days": 7, "asks_again": false,
    "signers": [{"role": "partner", "side": "partner", "title": {"en": "For the partner"}}, {"role": "vendor", "side": "vendor", "title": {"en": "For the vendor"}}],
    "contract": {"months": 12, "renews_by_months": 12, "notice_days": 90}}))]
pub struct AgreementTemplateDraft {
    /// Names the template; versions of one name follow one another.
    #[validate(length(min = 1, max = 60), custom(function = key))]
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub name: String,
    /// What kind of agreement it is, in a word of the vendor's: `reseller`, `nda`.
    #[validate(length(min = 1, max = 60), custom(function = key))]
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub kind: String,
    /// The title, by language: in those of `body` at least.
    #[validate(custom(function = locale::each_fits))]
    #[schema(value_type = HashMap<String, String>)]
    pub title: Texts,
    /// The text, by language: headings, paragraphs, lists and `**words that stand out**` of Markdown, with `{{ … }}`, `if` and `for` over `vendor`,
    /// `partner`, `contacts`, `signers` and `agreement`. The filters `date`, `datetime`, `money`, `number`, `list`, `country` and `language` write as that
    /// language does; there are also `upper`, `lower`, `title`, `trim`, `default`, `length`, `first`, `last` and `join`. Up to 60,000 characters each.
    #[validate(custom(function = bodies))]
    #[schema(value_type = HashMap<String, String>)]
    pub body: Texts,
    /// For which types of partners it is; all if empty.
    #[validate(length(max = 20))]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub partner_types: Vec<PartnerType>,
    /// For which regions it is, in the vendor's own words; all if empty.
    #[validate(length(max = 50), custom(function = regions))]
    #[serde(default)]
    #[schema(max_items = 50)]
    pub regions: Vec<String>,
    /// Who signs, in order.
    #[validate(length(min = 1, max = 6), nested)]
    #[schema(min_items = 1, max_items = 6)]
    pub signers: Vec<AgreementTemplateSigner>,
    /// What each of them consents to, by language; a usual sentence if absent.
    #[validate(custom(function = locale::each_fits))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HashMap<String, String>>)]
    pub consent: Option<Texts>,
    /// The page of the vendor on which who has no account signs: an https address. The secret follows it after `#agreement=`.
    #[validate(length(min = 1, max = 1000), custom(function = page))]
    #[schema(min_length = 1, max_length = 1000)]
    pub page: String,
    /// The signature service that has it signed, with letters of its own; absent, signers sign here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_service_id: Option<SignatureServiceId>,
    /// Days to sign it in; 30 if absent.
    #[validate(range(min = 1, max = 365))]
    #[serde(default = "thirty")]
    #[schema(minimum = 1, maximum = 365, default = 30)]
    pub expires_days: i64,
    /// Days after which whose turn it is gets reminded, again and again; never if absent.
    #[validate(range(min = 1, max = 90))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 90)]
    pub remind_every_days: Option<i64>,
    /// Whether who has signed an earlier version is to sign this one too.
    #[serde(default)]
    pub asks_again: bool,
    /// The contract that is kept in the hub once everybody has signed; none if absent.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<AgreementTemplateContract>,
}

fn thirty() -> i64 {
    30
}

fn fault(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

fn role(text: &str) -> Result<(), ValidationError> {
    let fits = text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if fits { Ok(()) } else { Err(fault("role", "Lower-case letters, digits and `_`, a letter first.")) }
}

fn key(text: &str) -> Result<(), ValidationError> {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if text.split('-').all(part) { Ok(()) } else { Err(fault("key", "Lower-case letters and digits, with single hyphens between them.")) }
}

fn regions(regions: &[String]) -> Result<(), ValidationError> {
    let fits = |region: &String| !region.trim().is_empty() && region.chars().count() <= 100;
    if regions.iter().all(fits) { Ok(()) } else { Err(fault("region", "Each region has 1 to 100 characters.")) }
}

fn bodies(texts: &Texts) -> Result<(), ValidationError> {
    let fits = |text: &String| !text.trim().is_empty() && text.chars().count() <= LONGEST;
    match texts {
        _ if texts.is_empty() || texts.len() > 40 => Err(fault("texts", "Give the text in 1 to 40 languages.")),
        _ if !texts.keys().all(|language| is_language(language)) => Err(fault("texts", "Name languages as BCP 47 does: `en`, `pt-BR`.")),
        _ if !texts.values().all(fits) => Err(fault("texts", "Each text has 1 to 60,000 characters.")),
        _ => Ok(()),
    }
}

fn page(text: &str) -> Result<(), ValidationError> {
    let fine = url::Url::parse(text).is_ok_and(|url| {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        (url.scheme() == "https" || url.scheme() == "http" && local) && url.fragment().is_none() && url.username().is_empty()
    });
    if fine { Ok(()) } else { Err(fault("page", "Send an https address without a fragment.")) }
}

impl AgreementTemplateDraft {
    /// 422 naming what does not hold together: roles, languages, and what stands in the text that cannot be filled or printed.
    pub fn check(&self) -> Result<(), Problem> {
        let mut errors = Vec::new();
        for (at, signer) in self.signers.iter().enumerate() {
            if self.signers[..at].iter().any(|before| before.role == signer.role) {
                errors.push(FieldError::new(format!("/signers/{at}/role"), "repeated", "Each role signs once."));
            }
        }
        for (language, text) in &self.body {
            if !self.title.contains_key(language) {
                errors.push(FieldError::new("/title", "required", format!("Give the title in {language} too.")));
            }
            let roles: Vec<_> = self.signers.iter().map(|signer| signer.role.as_str()).collect();
            if let Err(trouble) = fill::check(text, &roles) {
                errors.push(FieldError::new(format!("/body/{language}"), "template", trouble));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid_all(errors)) }
    }

    /// What signers consent to, in the nearest language to `language`.
    pub fn consent(&self, language: &str) -> String {
        self.consent.as_ref().map_or(CONSENT, |texts| locale::shown(texts, Some(language)).0).to_owned()
    }
}
