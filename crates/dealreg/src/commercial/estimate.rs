//! What a line earns: pure, in whole numbers.
//!
//! A part of an amount is exact as a fraction; it is rounded **down** once, at the end of each line, and what that leaves out is kept beside it in
//! 120000ths of a minor unit, which every denominator here divides. Totals add up what was rounded, so that the sum of the lines is the total.

use super::estimated::{DealEstimate, DealEstimateLine};
use super::products::Product;
use super::terms::{CommercialBase, CommercialEarningRule, Compiled};
use crate::decide::PartnerFacts;
use crate::pricing::{PricingRequestId, discounted};
use crate::types::{DealLine, DealLineModel, DealRegister};
use chrono::{DateTime, Utc};
use kernel::Money;
use kernel::id::PartnerId;
use kernel::money::MAX_AMOUNT;
use kernel::rules::Facts;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// Basis points in a whole.
const WHOLE: i128 = 10_000;
/// The parts of a minor unit in which remainders are told.
const PARTS: i128 = 120_000;

/// A special price that stands for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Special {
    /// The request that it was approved in.
    pub request: PricingRequestId,
    /// The product that it was approved for.
    pub product: String,
    /// The discount, in hundredths of a percent.
    pub basis_points: i64,
}

/// What an estimate is worked out from.
pub struct Ground<'a> {
    /// The registration.
    pub deal: &'a DealRegister,
    /// Whose it is.
    pub partner_id: PartnerId,
    /// What rules may know of the partner.
    pub partner: &'a PartnerFacts,
    /// What rules may know of the incumbent.
    pub incumbent: &'a Value,
    /// The products of its lines, by what the lines call them.
    pub products: &'a HashMap<String, Product>,
    /// Special prices by line.
    pub special: &'a HashMap<i64, Special>,
    /// When.
    pub now: DateTime<Utc>,
}

/// The facts that all rules of the terms see; what is absent is `null`.
pub fn facts(deal: &DealRegister, partner: &PartnerFacts, incumbent: &Value, now: DateTime<Utc>) -> Value {
    let mut facts = crate::decide::facts(deal, partner, &[], now);
    if let Some(members) = facts.as_object_mut() {
        members.remove("conflicts");
    }
    facts["deal"]["renewal"] = deal.renews.is_some().into();
    facts["incumbent"] = incumbent.clone();
    facts
}

/// What rules see of a line; what is absent is `null`.
pub fn line_facts(line: &DealLine, product: Option<&Product>) -> Value {
    json!({
        "product": line.product,
        "external_id": product.map(|product| &product.external_id),
        "family": product.and_then(|product| product.family.as_ref()),
        "model": line.model(),
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "term_months": line.term_months,
        "recurring": line.recurring,
        "committed": line.committed,
    })
}

/// Work an estimate out.
pub fn estimate(terms: &Compiled, ground: &Ground<'_>) -> DealEstimate {
    let mut facts = facts(ground.deal, ground.partner, ground.incumbent, ground.now);
    let mut lines: Vec<_> = ground.deal.lines.iter().zip(0_i64..).map(|(line, at)| of_line(terms, ground, &mut facts, line, at)).collect();
    if lines.is_empty() {
        lines.push(of_whole(terms, ground, &mut facts));
    }
    let mut totals: BTreeMap<&'static str, Money> = BTreeMap::new();
    for line in &mut lines {
        let Some(earns) = line.earns.clone() else { continue };
        let total = totals.entry(earns.currency.code()).or_insert(Money { amount: 0, currency: earns.currency });
        if total.amount > MAX_AMOUNT - earns.amount {
            none(line, "out_of_range", "So large an amount is not worked out.");
        } else {
            total.amount += earns.amount;
        }
    }
    DealEstimate {
        deal_id: None,
        partner_id: ground.partner_id,
        terms_version: terms.version,
        complete: lines.iter().all(|line| line.earns.is_some()),
        totals: totals.into_values().collect(),
        remainder: lines.iter().map(|line| line.remainder).sum(),
        lines,
        calculated_at: ground.now,
        fixed_at: None,
    }
}

fn of_line(terms: &Compiled, ground: &Ground<'_>, facts: &mut Value, line: &DealLine, at: i64) -> DealEstimateLine {
    let product = ground.products.get(&line.product);
    let special = ground.special.get(&at).filter(|special| special.product == line.product);
    let mut told = bare(Some(at), Some(line.product.clone()), line.model());
    told.pricing_request_id = special.map(|special| special.request);
    facts["line"] = line_facts(line, product);
    let discount = special.map_or(0, |special| special.basis_points);
    decide(terms, facts, &mut told, |rule| counted(rule, ground.deal, line, product, discount));
    told
}

/// A deal without lines: its amount, resold.
fn of_whole(terms: &Compiled, ground: &Ground<'_>, facts: &mut Value) -> DealEstimateLine {
    let mut told = bare(None, None, DealLineModel::Resale);
    let line = DealLine {
        product: String::new(),
        quantity: 1,
        unit_price: Some(ground.deal.amount.clone()),
        model: None,
        term_months: None,
        renews_on: None,
        recurring: None,
        committed: None,
    };
    facts["line"] = line_facts(&line, None);
    facts["line"]["product"] = Value::Null;
    decide(terms, facts, &mut told, |rule| counted(rule, ground.deal, &line, None, 0));
    told
}

fn bare(line: Option<i64>, product: Option<String>, model: DealLineModel) -> DealEstimateLine {
    DealEstimateLine {
        line,
        product,
        model,
        earns: None,
        remainder: 0,
        of: None,
        basis_points: None,
        months: None,
        code: String::new(),
        sentence: String::new(),
        rule: None,
        facts: Map::new(),
        pricing_request_id: None,
    }
}

/// No number, but why.
fn none(line: &mut DealEstimateLine, code: &str, sentence: &str) {
    (line.earns, line.remainder, line.of) = (None, 0, None);
    (line.code, line.sentence) = (code.to_owned(), sentence.to_owned());
}

/// The first rule for the model that holds and fits the currency decides; one that cannot be told decides that there is no number.
fn decide(
    terms: &Compiled,
    facts: &Value,
    told: &mut DealEstimateLine,
    counted: impl Fn(&CommercialEarningRule) -> Result<Counted, (&'static str, &'static str)>,
) {
    if !terms.are_there() {
        return none(told, "no_terms", "The vendor has published no commercial terms.");
    }
    let facts = match Facts::new(facts) {
        Ok(facts) => facts,
        Err(_) => return none(told, "rule_failed", "The terms could not be applied to so large a deal."),
    };
    for (rule, expression) in terms.terms.earnings.iter().zip(&terms.earnings).filter(|(rule, _)| rule.model == told.model) {
        match expression.holds(&facts) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(_) => {
                told.rule = Some(rule.id.clone());
                return none(told, "rule_failed", "A rule of the terms could not be evaluated for this line.");
            }
        }
        let of = counted(rule);
        let elsewhere = |of: &Counted| rule.cap.as_ref().is_some_and(|cap| cap.currency != of.money.currency);
        if of.as_ref().is_ok_and(elsewhere) {
            continue;
        }
        told.rule = Some(rule.id.clone());
        told.facts = facts.seen(expression.reads());
        return match of {
            Ok(of) => earn(told, rule, &of),
            Err((code, sentence)) => none(told, code, sentence),
        };
    }
    none(told, "no_rule", "The terms say nothing of such a line.");
}

/// An amount, times a whole number, divided by a whole number: what the part is of.
struct Counted {
    money: Money,
    times: i128,
    over: i128,
    months: Option<i64>,
}

fn earn(told: &mut DealEstimateLine, rule: &CommercialEarningRule, of: &Counted) {
    let base = i128::from(of.money.amount) * of.times;
    let (exact, over) = (base * i128::from(rule.basis_points), of.over * WHOLE);
    let (mut amount, mut remainder) = (exact / over, (exact % over) * (PARTS / over));
    let cap = rule.cap.as_ref().map(|cap| i128::from(cap.amount)).filter(|cap| *cap < amount || *cap == amount && remainder > 0);
    if let Some(cap) = cap {
        (amount, remainder) = (cap, 0);
    }
    let most = i128::from(MAX_AMOUNT);
    let (Ok(amount), Ok(whole), Ok(remainder)) = (i64::try_from(amount), i64::try_from(base / of.over), i64::try_from(remainder)) else {
        return none(told, "out_of_range", "So large an amount is not worked out.");
    };
    if i128::from(amount) > most || i128::from(whole) > most {
        return none(told, "out_of_range", "So large an amount is not worked out.");
    }
    let currency = of.money.currency;
    (told.earns, told.of, told.remainder) = (Some(Money { amount, currency }), Some(Money { amount: whole, currency }), remainder);
    (told.basis_points, told.months) = (Some(rule.basis_points), of.months);
    (told.code, told.sentence) = (if cap.is_some() { "capped" } else { "estimated" }.to_owned(), rule.sentence.clone());
}

/// What a rule takes its part of.
fn counted(
    rule: &CommercialEarningRule,
    deal: &DealRegister,
    line: &DealLine,
    product: Option<&Product>,
    discount: i64,
) -> Result<Counted, (&'static str, &'static str)> {
    let once = |money: &Money, times: i64| Counted { money: discounted(money, discount), times: i128::from(times), over: 1, months: None };
    match rule.model {
        DealLineModel::Resale if rule.base == Some(CommercialBase::ListPrice) => {
            let currency = line.unit_price.as_ref().unwrap_or(&deal.amount).currency;
            let listed = product.and_then(|product| product.list_price(currency));
            listed.map(|price| once(price, line.quantity)).ok_or(("no_list_price", "No list price is known for this product in this currency."))
        }
        DealLineModel::Resale => {
            let price = line.unit_price.as_ref().ok_or(("no_price", "The line says no unit price."))?;
            Ok(once(price, line.quantity))
        }
        DealLineModel::Consumption => {
            let committed = line.committed.as_ref().ok_or(("no_commitment", "The line says no committed amount."))?;
            Ok(once(committed, 1))
        }
        DealLineModel::Subscription | DealLineModel::RevenueShare => {
            let recurring = line.recurring.as_ref().ok_or(("no_recurring_amount", "The line says nothing of what recurs."))?;
            let months = match (line.term_months, rule.months) {
                (Some(term), Some(most)) => term.min(most),
                (Some(months), None) | (None, Some(months)) => months,
                (None, None) => return Err(("no_term", "The line says no term.")),
            };
            let money = discounted(&recurring.amount, discount);
            Ok(Counted { money, times: i128::from(months), over: i128::from(recurring.every.months()), months: Some(months) })
        }
    }
}

#[cfg(test)]
#[path = "estimate_tests.rs"]
mod tests;
