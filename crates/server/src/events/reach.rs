//! What of the log somebody is shown who does not reach every partner.
//!
//! What cannot be told to belong to the vendor itself or to a partner within reach is left out, so that a new kind of event is unseen until
//! it is listed here. The log's sequence numbers stay as they are: they tell that something happened, not what.

use dealreg::DealId;
use kernel::actor::Within;
use kernel::id::PartnerId;
use kernel::log::Envelope;
use kernel::{Problem, Scope};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashSet;

/// Whose an event is.
pub(crate) enum Whose {
    Vendors,
    Partners(PartnerId),
    /// About a partner, and not for it.
    VendorsAbout(PartnerId),
    DealsOf(DealId),
    Unknown,
}

/// Those of `events` that `scope` may see, without what they say of partners beyond it.
pub(crate) async fn shown(db: &impl ConnectionTrait, scope: Scope, events: Vec<Envelope>) -> Result<Vec<Envelope>, Problem> {
    if scope.within() == Within::Everything {
        return Ok(events);
    }
    let (mut told, mut named, mut deals) = (Vec::with_capacity(events.len()), HashSet::new(), Vec::new());
    for event in events {
        let data: Value = serde_json::from_str(event.data.get()).map_err(Problem::internal)?;
        let whose = whose(&event, &data);
        match whose {
            Whose::Partners(partner) | Whose::VendorsAbout(partner) => _ = named.insert(partner),
            Whose::DealsOf(deal) => deals.push(deal.0),
            Whose::Vendors | Whose::Unknown => {}
        }
        name_partners(&data, &mut named);
        told.push((event, data, whose));
    }
    let reached = scope.reached(db, named).await?;
    let deals: HashSet<_> = dealreg::store::deals::by_ids(db, scope, &deals).await?.into_iter().map(|deal| deal.id).collect();
    let seen = |whose: &Whose| match whose {
        Whose::Vendors => scope.partner().is_none(),
        Whose::Partners(partner) => reached.contains(partner),
        Whose::VendorsAbout(partner) => scope.partner().is_none() && reached.contains(partner),
        Whose::DealsOf(deal) => deals.contains(&deal.0),
        Whose::Unknown => false,
    };
    told.retain(|(_, _, whose)| seen(whose));
    told.into_iter()
        .map(|(event, mut data, _)| {
            hide_rivals(&mut data, &reached);
            let data = RawValue::from_string(data.to_string()).map_err(Problem::internal)?;
            Ok(Envelope { data, ..event })
        })
        .collect()
}

pub(crate) fn whose(event: &Envelope, data: &Value) -> Whose {
    let of = |text: &Value| text.as_str().and_then(|text| text.parse().ok()).map_or(Whose::Unknown, Whose::Partners);
    let about = |text: &Value| text.as_str().and_then(|text| text.parse().ok()).map_or(Whose::Unknown, Whose::VendorsAbout);
    match event.subject.kind.as_str() {
        "partner" => event.subject.id.parse().map_or(Whose::Unknown, Whose::Partners),
        "deal" => of(&data["deal"]["partner_id"]),
        // An internal note is no partner's, nor of those who reach some partners only.
        "deal_comment" => of(&data["comment"]["partner_id"]),
        "person" if data["person"]["partner_id"].is_null() && data["person"].is_object() => Whose::Vendors,
        "person" => of(&data["person"]["partner_id"]),
        "opportunity" => match data["opportunity"]["deal_id"].as_str() {
            Some(deal) => deal.parse().map_or(Whose::Unknown, Whose::DealsOf),
            None => Whose::Vendors,
        },
        // What a lead's last partner did is told with it; one without a partner is the vendor's.
        "lead" if !data["partner_id"].is_null() => of(&data["partner_id"]),
        "lead" if data["lead"]["partner_id"].is_null() => Whose::Vendors,
        "lead" => of(&data["lead"]["partner_id"]),
        "referral" => of(&data["referral"]["partner_id"]),
        "cosell_request" => of(&data["cosell_request"]["partner_id"]),
        "cosell_task" => of(&data["cosell_task"]["partner_id"]),
        "referral_reward" => of(&data["referral_reward"]["partner_id"]),
        "partner_contact" => of(&data["partner_contact"]["partner_id"]),
        "partner_esg_fact" => of(&data["partner_esg_fact"]["partner_id"]),
        "partner_review" if data["shared"] != true => about(&data["partner_review"]["partner_id"]),
        "partner_review" => of(&data["partner_review"]["partner_id"]),
        "partner_review_action" if data["shared"] != true => about(&data["partner_review_action"]["partner_id"]),
        "partner_review_action" => of(&data["partner_review_action"]["partner_id"]),
        "partner_contract" => of(&data["partner_contract"]["partner_id"]),
        // What is not shared with a partner is not told to it either.
        "partner_document" if data["partner_document"]["visibility"] != "partner" => about(&data["partner_document"]["partner_id"]),
        "partner_note" => about(&data["partner_note"]["partner_id"]),
        "partner_document" => of(&data["partner_document"]["partner_id"]),
        "named_account" => of(&data["named_account"]["partner_id"]),
        "onboarding" => of(&data["onboarding"]["partner_id"]),
        // A draft is shown to nobody outside.
        "agreement" if data["agreement"]["sent_at"].is_null() => about(&data["agreement"]["partner_id"]),
        "agreement" => of(&data["agreement"]["partner_id"]),
        "onboarding_task" => of(&data["onboarding_task"]["partner_id"]),
        "deal_estimate" => of(&data["deal_estimate"]["partner_id"]),
        "deal_usage" => of(&data["deal_usage"]["partner_id"]),
        "pricing_request" => of(&data["pricing_request"]["partner_id"]),
        "incumbency" => of(&data["incumbency"]["partner_id"]),
        "lead_form" | "lead_rules" | "commercial_terms" | "product" | "onboarding_path" | "agreement_template" => Whose::Vendors,
        "ideal_profile" | "provisioning_policy" | "survey" | "walkthrough" | "signature_service" => Whose::Vendors,
        // What somebody of a partner thinks is told to no colleague.
        "survey_invitation" => about(&data["survey_invitation"]["partner_id"]),
        // What somebody of a partner was shown is told to no colleague either.
        "walkthrough_progress" if data["walkthrough_progress"]["partner_id"].is_null() => Whose::Vendors,
        "walkthrough_progress" => about(&data["walkthrough_progress"]["partner_id"]),
        "access_grant" => of(&data["access_grant"]["partner_id"]),
        // Of two partners, who is after the same is for those who reach everybody.
        "hygiene_finding" if data["finding"]["across_partners"] == true => Whose::Unknown,
        "hygiene_finding" if data["finding"]["partner_id"].is_null() => Whose::Vendors,
        "hygiene_finding" => of(&data["finding"]["partner_id"]),
        "hygiene_audit" | "hygiene_settings" => Whose::Vendors,
        // Whoever applies is nobody's partner yet.
        "application" | "application_form" | "application_form_version" | "admission_rules" => Whose::Vendors,
        "vetting_check" => of(&data["vetting_check"]["partner_id"]),
        "screening_list" | "screening_run" | "vetting_policy" | "check_provider" => Whose::Vendors,
        // What is asked about a partner is not told to it.
        "check_request" if data["check_request"]["partner_id"].is_null() => Whose::Vendors,
        "check_request" => about(&data["check_request"]["partner_id"]),
        "vendor"
        | "role"
        | "custom_fields"
        | "offboarding_policy"
        | "esg_policy"
        | "agreement_policy"
        | "rules_of_engagement"
        | "account"
        | "import"
        | "business_calendar"
        | "absence"
        | "queue" => Whose::Vendors,
        _ => Whose::Unknown,
    }
}

/// Every partner that is named anywhere in `data`.
fn name_partners(data: &Value, named: &mut HashSet<PartnerId>) {
    match data {
        Value::Object(members) => {
            named.extend(members.get("partner_id").and_then(Value::as_str).and_then(|text| text.parse::<PartnerId>().ok()));
            members.values().for_each(|member| name_partners(member, named));
        }
        Value::Array(items) => items.iter().for_each(|item| name_partners(item, named)),
        _ => {}
    }
}

/// Of a conflict with a partner out of reach, only its kind is told.
fn hide_rivals(data: &mut Value, reached: &HashSet<PartnerId>) {
    match data {
        Value::Object(members) => {
            let rival = members.get("partner_id").and_then(Value::as_str).and_then(|text| text.parse::<PartnerId>().ok());
            if members.contains_key("same") && rival.is_some_and(|rival| !reached.contains(&rival)) {
                members.retain(|name, _| name == "kind" || name == "same");
            }
            members.values_mut().for_each(|member| hide_rivals(member, reached));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide_rivals(item, reached)),
        _ => {}
    }
}
