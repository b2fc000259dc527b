use super::*;
use crate::commercial::terms::CommercialTerms;
use proptest::prelude::*;

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn partner() -> PartnerFacts {
    PartnerFacts {
        id: "ptn_1".into(),
        name: "Northwind".into(),
        kind: partners::PartnerType::Reseller,
        tier: Some("gold".into()),
        region: None,
        country: None,
        specialisations: Vec::new(),
        manager: None,
        custom_fields: Map::new(),
        distributor: None,
    }
}

fn deal(lines: Value) -> DealRegister {
    let customer = json!({"name": "Fabrikam GmbH", "country": "DE"});
    let amount = json!({"amount": 100_001, "currency": "EUR"});
    let deal = json!({"type": "resale", "customer": customer, "amount": amount, "expected_close": "2027-03-31", "lines": lines});
    serde_json::from_value(deal).unwrap()
}

fn terms(earnings: Value) -> Compiled {
    Compiled::of(serde_json::from_value::<CommercialTerms>(json!({"title": "Terms", "earnings": earnings})).unwrap(), 1).unwrap()
}

fn rule(id: &str, model: &str, members: Value) -> Value {
    let mut rule = json!({"id": id, "model": model, "when": "true", "basis_points": 1_000, "sentence": "A tenth."});
    for (name, member) in members.as_object().unwrap() {
        rule[name] = member.clone();
    }
    rule
}

fn worked_out(terms: &Compiled, deal: &DealRegister, special: &HashMap<i64, Special>) -> DealEstimate {
    let gtx = Product {
        external_id: "P-1".into(),
        name: "GTX Pro".into(),
        family: Some("GTX".into()),
        list_prices: vec![Money { amount: 999, currency: "EUR".parse().unwrap() }],
        revision: 1,
        created_at: now(),
        updated_at: now(),
    };
    let products = HashMap::from([("GTX Pro".to_owned(), gtx)]);
    let (partner, incumbent) = (partner(), crate::incumbency::nobody());
    estimate(
        terms,
        &Ground { deal, partner_id: PartnerId::fresh(), partner: &partner, incumbent: &incumbent, products: &products, special, now: now() },
    )
}

fn earns(terms: Value, lines: Value) -> Vec<(String, Option<i64>, i64)> {
    let told = worked_out(&terms_of(terms), &deal(lines), &HashMap::new());
    told.lines.into_iter().map(|line| (line.code, line.earns.map(|money| money.amount), line.remainder)).collect()
}

fn terms_of(earnings: Value) -> Compiled {
    terms(earnings)
}

fn eur(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

#[test]
fn a_margin_is_off_the_list_price_or_the_amount_and_rounded_down() {
    let rules = json!([
        rule("gtx", "resale", json!({"when": "line.family == \"GTX\" && partner.tier == \"gold\"", "base": "list_price"})),
        rule("rest", "resale", json!({}))
    ]);
    let lines = json!([{"product": "GTX Pro", "quantity": 3, "unit_price": eur(700)}, {"product": "Else", "quantity": 1, "unit_price": eur(19)},
        {"product": "Free", "quantity": 1}]);
    assert_eq!(
        earns(rules, lines),
        [("estimated".into(), Some(299), 84_000), ("estimated".into(), Some(1), 108_000), ("no_price".into(), None, 0)],
        "299.7 and 1.9"
    );
}

#[test]
fn what_recurs_is_counted_for_the_shorter_of_term_and_rule() {
    let rules = json!([rule("sub", "subscription", json!({"months": 12})), rule("share", "revenue_share", json!({}))]);
    let recurring = |every: &str| json!({"amount": eur(1_000), "every": every});
    let lines = json!([{"product": "a", "quantity": 1, "model": "subscription", "term_months": 36, "recurring": recurring("month")},
        {"product": "b", "quantity": 1, "model": "subscription", "term_months": 7, "recurring": recurring("year")},
        {"product": "c", "quantity": 1, "model": "revenue_share", "term_months": 5, "recurring": recurring("quarter")},
        {"product": "d", "quantity": 1, "model": "revenue_share", "recurring": recurring("month")},
        {"product": "e", "quantity": 1, "model": "consumption", "committed": eur(5)}]);
    let told = earns(rules, lines);
    assert_eq!(told[0], ("estimated".into(), Some(1_200), 0));
    assert_eq!(told[1], ("estimated".into(), Some(58), 40_000), "58 and a third");
    assert_eq!(told[2], ("estimated".into(), Some(166), 80_000), "166 and two thirds");
    assert_eq!((told[3].0.as_str(), told[4].0.as_str()), ("no_term", "no_rule"));
}

#[test]
fn a_rule_that_fails_gives_no_number_and_one_for_another_currency_is_passed_over() {
    let lines = json!([{"product": "a", "quantity": 1, "unit_price": eur(1_000_000)}]);
    let dollars = rule("usd", "resale", json!({"cap": {"amount": 5, "currency": "USD"}}));
    let capped = rule("cap", "resale", json!({"cap": eur(5)}));
    assert_eq!(earns(json!([dollars, capped]), lines.clone()), [("capped".into(), Some(5), 0)]);
    let broken = rule("broken", "resale", json!({"when": "line.term_months > 3"}));
    assert_eq!(earns(json!([broken, capped]), lines.clone()), [("rule_failed".into(), None, 0)]);
    let none = worked_out(&Compiled::none(), &deal(lines), &HashMap::new());
    assert_eq!((none.lines[0].code.as_str(), none.totals.len(), none.complete), ("no_terms", 0, false));
}

#[test]
fn a_deal_without_lines_is_its_amount() {
    let told = worked_out(&terms(json!([rule("all", "resale", json!({}))])), &deal(json!([])), &HashMap::new());
    assert_eq!((told.lines[0].line, told.totals[0].amount, told.remainder), (None, 10_000, 12_000));
}

#[test]
fn a_special_price_counts_for_the_product_that_it_was_approved_for() {
    let terms = terms(json!([rule("all", "resale", json!({}))]));
    let special = |product: &str| HashMap::from([(0, Special { request: PricingRequestId::fresh(), product: product.into(), basis_points: 2_000 })]);
    let deal = deal(json!([{"product": "a", "quantity": 2, "unit_price": eur(1_000)}]));
    assert_eq!(worked_out(&terms, &deal, &special("a")).totals[0].amount, 160);
    assert_eq!(worked_out(&terms, &deal, &special("b")).totals[0].amount, 200);
}

#[test]
fn the_largest_figures_give_no_number_rather_than_a_wrong_one() {
    let rules = json!([rule("all", "resale", json!({"basis_points": 10_000}))]);
    let line = json!({"product": "a", "quantity": 1_000_000, "unit_price": eur(MAX_AMOUNT)});
    assert_eq!(earns(rules.clone(), json!([line]))[0].0, "out_of_range");
    let line = json!({"product": "a", "quantity": 1, "unit_price": eur(MAX_AMOUNT)});
    let both = earns(rules, json!([line, line]));
    assert_eq!((both[0].1, both[1].0.as_str()), (Some(MAX_AMOUNT), "out_of_range"));
}

proptest! {
    #[test]
    fn lines_add_up_to_totals_in_their_own_currencies_and_nothing_is_lost(
        prices in proptest::collection::vec((0_i64..10_000_000, 1_i64..1_000, any::<bool>()), 0..20), basis_points in 1_i64..10_000, discount in 0_i64..10_000,
    ) {
        let lines: Vec<_> = prices.iter().map(|(price, quantity, euros)| {
            let currency = if *euros { "EUR" } else { "USD" };
            json!({"product": "a", "quantity": quantity, "unit_price": {"amount": price, "currency": currency}})
        }).collect();
        let deal = deal(json!(lines));
        let special = Special { request: PricingRequestId::fresh(), product: "a".into(), basis_points: discount };
        let special = (0..20).map(|at| (at, special.clone())).collect();
        let told = worked_out(&terms(json!([rule("all", "resale", json!({"basis_points": basis_points}))])), &deal, &special);
        for (line, written) in told.lines.iter().zip(&deal.lines) {
            let (earns, of) = (line.earns.clone().unwrap(), line.of.clone().unwrap());
            let price = written.unit_price.clone().unwrap();
            prop_assert_eq!((earns.currency, of.currency), (price.currency, price.currency));
            prop_assert_eq!(of.amount, discounted(&price, discount).amount * written.quantity);
            prop_assert!(of.amount <= price.amount * written.quantity);
            let exact = i128::from(of.amount) * i128::from(basis_points);
            prop_assert_eq!(i128::from(earns.amount) * PARTS + i128::from(line.remainder), exact * 12);
        }
        for total in &told.totals {
            let lines = told.lines.iter().filter_map(|line| line.earns.as_ref()).filter(|money| money.currency == total.currency);
            prop_assert_eq!(lines.map(|money| money.amount).sum::<i64>(), total.amount);
        }
        prop_assert_eq!(told.lines.iter().map(|line| line.remainder).sum::<i64>(), told.remainder);
    }
}
