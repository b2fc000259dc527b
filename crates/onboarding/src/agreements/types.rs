//! What goes over the wire.

use super::outside::types::{AgreementSignatureRequest, SignatureRequestStatus, SignatureServiceKind};
use super::rules::{AgreementAction, AgreementSide, AgreementSignerStatus, AgreementStatus, due};
use super::service::Whole;
use super::store::SignerRow;
use super::{AgreementId, AgreementSignerId, AgreementTemplateId};
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::actor::Caller;
use kernel::app::Resource;
use kernel::id::{PartnerId, PersonId};
use kernel::text::not_blank;
use kernel::{Actor, Problem};
use partners::contracts::PartnerContractId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// How somebody was known who signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreementIdentity {
    /// By their account.
    Account,
    /// By the secret link of a letter to their address.
    Link,
    /// By a signature service outside, as its certificate says.
    Service,
}

/// What is kept of a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"identity": "link", "methods": [], "typed_name": "Sam Okafor", "consent": "I agree.", "address": "203.0.113.7",
    "user_agent": "Mozilla/5.0", "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}))]
pub struct AgreementEvidence {
    /// How they were known.
    pub identity: AgreementIdentity,
    /// How they had signed in, as RFC 8176 names it; empty for a link and for tokens that a portal minted.
    pub methods: Vec<String>,
    /// The name that they typed.
    pub typed_name: String,
    /// What they consented to, word for word; empty where a signature service asked, as its certificate says.
    pub consent: String,
    /// The hash of the document that they were shown.
    pub document_sha256: String,
    /// The address that they called from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The program that they called with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The signature service that knew them. More kinds may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<SignatureServiceKind>,
    /// What that service calls their signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Somebody who signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "ags_01jd3k7x2mfq8t9v5w6y0zabcd", "role": "partner", "title": "For the partner", "side": "partner", "name": "Sam Okafor",
    "email": "sam@northwind.example", "status": "due"}))]
pub struct AgreementSigner {
    /// Its id.
    pub id: AgreementSignerId,
    /// Their role in the template.
    pub role: String,
    /// What stands beside their name.
    pub title: String,
    /// For whom they sign.
    pub side: AgreementSide,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their account here, if they have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// Where they stand.
    pub status: AgreementSignerStatus,
    /// When they signed or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acted_at: Option<DateTime<Utc>>,
    /// How they signed: shown to the vendor, and of a partner's own signers to the partner; never in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<AgreementEvidence>,
}

/// An agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"id": "agr_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd",
    "template_id": "agt_01jd3k7x2mfq8t9v5w6y0zabcd", "template": "reseller-emea", "template_version": 1, "kind": "reseller",
    "title": "Reseller agreement", "language": "en", "status": "draft", "outdated": false,
    "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "consent": "I agree.", "signers": [],
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z", "available_actions": ["send", "void"]}))]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The version of the template that it was made of.
    pub template_id: AgreementTemplateId,
    /// The template's name.
    pub template: String,
    /// The version's number.
    pub template_version: i64,
    /// What kind of agreement it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The language of its text.
    pub language: String,
    /// Where it stands. More statuses may come.
    pub status: AgreementStatus,
    /// Why it was declined or voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether a later version of its template asks for another signature.
    pub outdated: bool,
    /// SHA-256, in hex, of the file that is signed.
    pub document_sha256: String,
    /// Its text in Markdown; only where one is read by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What signers consent to.
    pub consent: String,
    /// Who signs, in order.
    pub signers: Vec<AgreementSigner>,
    /// What was asked of a signature service outside; absent where signers sign here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_request: Option<AgreementSignatureRequest>,
    /// Whose turn it is, if they have an account and sign here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_person_id: Option<PersonId>,
    /// Whose turn it is, if they have none and sign here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_signer_id: Option<AgreementSignerId>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
    /// Until when it can be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was signed by everybody, or ended otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The contract in the hub that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_id: Option<PartnerContractId>,
    /// Raised with every change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What the caller may do with it now.
    pub available_actions: Vec<AgreementAction>,
}

impl Resource for Agreement {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/agreements/{}", self.id))
    }
}

impl AgreementSigner {
    fn of(row: &SignerRow, is_due: bool) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id(),
            role: row.role.clone(),
            title: row.title.clone(),
            side: row.side()?,
            name: row.name.clone(),
            email: row.email.clone(),
            person_id: row.person_id.map(PersonId),
            status: if is_due { AgreementSignerStatus::Due } else { row.status()? },
            acted_at: row.acted_at,
            evidence: None,
        })
    }
}

impl Agreement {
    /// As events tell it.
    pub fn told(Whole { row, signers, request }: &Whole) -> Result<Self, Problem> {
        let status = row.status()?;
        let standing = signers.iter().map(SignerRow::status).collect::<Result<Vec<_>, _>>()?;
        let due = due(status, &standing);
        // Whoever signs elsewhere is asked there.
        let turn = due.and_then(|at| signers.get(at)).filter(|_| request.is_none());
        Ok(Self {
            id: row.id(),
            partner_id: row.partner(),
            template_id: AgreementTemplateId(row.template_id),
            template: row.template_name.clone(),
            template_version: row.template_version,
            kind: row.kind.clone(),
            title: row.title.clone(),
            language: row.language.clone(),
            status,
            reason: row.reason.clone(),
            outdated: false,
            document_sha256: row.sha256.clone(),
            text: None,
            consent: row.consent.clone(),
            signers: signers.iter().enumerate().map(|(at, row)| AgreementSigner::of(row, due == Some(at))).collect::<Result<_, _>>()?,
            signature_request: request.as_ref().map(|request| request.told()).transpose()?,
            due_person_id: turn.and_then(|row| row.person_id.map(PersonId)),
            due_signer_id: turn.filter(|row| row.person_id.is_none()).map(SignerRow::id),
            sent_at: row.sent_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            contract_id: row.contract_id.map(PartnerContractId),
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
            available_actions: Vec::new(),
        })
    }

    /// As `who` sees it.
    pub fn seen_by(who: &Actor, whole: &Whole) -> Result<Self, Problem> {
        let mut shown = Self::told(whole)?;
        let inside = who.scope.partner().is_none();
        for (signer, row) in shown.signers.iter_mut().zip(&whole.signers) {
            signer.evidence = row.evidence()?.filter(|_| inside || signer.side == AgreementSide::Partner);
        }
        if let (Some(shown), Some(row), true) = (&mut shown.signature_request, &whole.request, inside) {
            (shown.checked_at, shown.error) = (row.checked_at, row.error.clone());
        }
        let (outside, ends) = match &shown.signature_request {
            Some(request) => (true, request.status == SignatureRequestStatus::TakingBack),
            None => (false, false),
        };
        let manages = inside && who.grants & Permission::ManagePartners.bit() != 0;
        let is_due = matches!(&who.caller, Caller::Person(person) if shown.due_person_id == Some(*person));
        let may = |action: &AgreementAction| match action {
            AgreementAction::Sign | AgreementAction::Decline => is_due,
            AgreementAction::Remind => manages && !outside,
            AgreementAction::Void => manages && !ends,
            AgreementAction::Send => manages,
        };
        shown.available_actions = shown.status.legal_actions().iter().copied().filter(may).collect();
        Ok(shown)
    }
}

/// Who is to sign in a role.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "partner", "name": "Sam Okafor", "email": "sam@northwind.example"}))]
pub struct AgreementInvite {
    /// The role in the template.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    pub role: String,
    /// Their full name, as they sign.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// Their address. Who has an account with it signs there, anybody else by a letter.
    #[validate(email, length(max = 254))]
    #[schema(format = "email", max_length = 254)]
    pub email: String,
}

/// An agreement to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "reseller", "language": "en", "send": true, "signers": [
    {"role": "partner", "name": "Sam Okafor", "email": "sam@northwind.example"}, {"role": "vendor", "name": "Kim Larsen", "email": "kim@acme.example"}]}))]
pub struct AgreementCreate {
    /// The partner.
    pub partner_id: PartnerId,
    /// Of which kind; of the published templates of that kind the one that fits the partner best is taken.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60)]
    pub kind: Option<String>,
    /// Of this published version of a template, instead of a kind.
    pub template_id: Option<AgreementTemplateId>,
    /// The language of the text; the partner's first if absent. The nearest that there is is taken.
    #[validate(length(min = 2, max = 35))]
    #[schema(min_length = 2, max_length = 35)]
    pub language: Option<String>,
    /// Who signs: one for each role of the template.
    #[validate(length(min = 1, max = 6), nested)]
    #[schema(min_items = 1, max_items = 6)]
    pub signers: Vec<AgreementInvite>,
    /// Whether it is sent at once.
    #[serde(default)]
    pub send: bool,
}

/// A signature.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"intent": true, "consent": "I agree.", "typed_name": "Sam Okafor",
    "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}))]
pub struct AgreementSign {
    /// That one means to sign: true.
    pub intent: bool,
    /// What one consents to: the agreement's `consent`, word for word.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub consent: String,
    /// One's name, typed by oneself.
    #[validate(length(min = 1, max = 200), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub typed_name: String,
    /// The hash of the document that one was shown: the agreement's `document_sha256`.
    #[validate(length(min = 64, max = 64))]
    #[schema(min_length = 64, max_length = 64)]
    pub document_sha256: String,
}

/// Why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "We negotiate clause 4 first."}))]
pub struct AgreementReason {
    /// Why; the other side reads it.
    #[validate(length(min = 1, max = 500), custom(function = not_blank))]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// What became of a reminder.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"sent": true}))]
pub struct AgreementReminder {
    /// Whether a letter or notification goes out.
    pub sent: bool,
    /// The link of whose turn it is, if they have no account and no mail server is configured: hand it over yourself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Resource for AgreementReminder {}
