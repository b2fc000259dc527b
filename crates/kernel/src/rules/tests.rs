//! What rules mean, in sentences. What they withstand is in `hostile.rs`.

use super::{Expression, Facts, RuleError, limits};
use serde_json::{Value, json};

const NAMES: [&str; 5] = ["deal", "partner", "customer", "conflicts", "now"];

fn compile(source: &str) -> Result<Expression, RuleError> {
    Expression::compile(source, &NAMES)
}

fn world() -> Value {
    json!({
        "deal": {"amount": {"amount": 7_500_000, "currency": "EUR"}, "score": 0.5, "whole": 2.0, "close": "2026-03-01T00:00:00Z"},
        "partner": {"tier": "gold", "territories": ["DE", "AT"], "name": "Äther GmbH", "parent": null, "copy": ["DE", "AT"]},
        "customer": {"country": "AT", "name": "Acme"},
        "conflicts": [{"kind": "open_opportunity", "score": 0.95}, {"kind": "deal", "score": 0.4}],
        "now": "2026-01-31T00:00:00Z",
    })
}

fn holds(source: &str) -> Result<bool, RuleError> {
    compile(source)?.holds(&Facts::new(&world()).expect("the world is small"))
}

#[track_caller]
fn all_hold(sources: &[&str]) {
    for source in sources {
        assert_eq!(holds(source), Ok(true), "{source}");
    }
}

#[track_caller]
fn refused(source: &str, code: &str) -> RuleError {
    let error = compile(source).map(|_| ()).expect_err(source);
    assert_eq!(error.code, code, "{source}: {error}");
    assert!(error.line.is_some() && error.column.is_some(), "{source}: {error:?}");
    error
}

#[test]
fn the_examples_of_the_manual_hold_or_not_as_they_read() {
    all_hold(&[
        r#"deal.amount.amount > 5000000 && partner.tier in ["gold", "platinum"]"#,
        "customer.country in partner.territories",
        r#"conflicts.exists(c, c.kind == "open_opportunity" && c.score >= 0.9)"#,
        r#"!(has(customer.tax_id) && customer.tax_id.matches(r"^DE[0-9]{9}$"))"#,
        r#"timestamp(deal.close) - timestamp(now) < duration("2160h") ? partner.tier == "gold" : size(conflicts) == 0"#,
    ]);
}

#[test]
fn whole_numbers_compare_with_doubles_and_unsigned_by_value() {
    all_hold(&["1 == 1.0", "deal.whole == 2", "2 == deal.whole", "deal.amount.amount == 7500000u", "5 < 5.5", "-1 < 0u"]);
    all_hold(&["deal.amount.amount > 7499999.5", "9223372036854775807 > 9223372036854775806", "deal.whole in [1, 2, 3]"]);
}

#[test]
fn arithmetic_does_not_mix_whole_numbers_and_doubles() {
    assert_eq!(holds("deal.amount.amount * 0.5 > 1.0").unwrap_err().code, RuleError::FAILED);
    all_hold(&["double(deal.amount.amount) * 0.5 == 3750000.0", "int(deal.whole) + 1 == 3", "7 % 4 == 3", "-7 / 2 == -3"]);
}

#[test]
fn overflow_and_division_by_zero_are_errors_and_never_a_number() {
    for source in [
        "9223372036854775807 + 1 > 0",
        "-9223372036854775808 - 1 < 0",
        "-9223372036854775808 / -1 > 0",
        "-9223372036854775808 % -1 == 0",
        "-(-9223372036854775807 - 1) > 0",
        "9223372036854775807 * 2 > 0",
        "1 / 0 == 1",
        "1 % 0 == 1",
        "1u - 2u == 0u",
        "int(1e300) > 0",
        "int(\"99999999999999999999\") > 0",
        "conflicts[2].score > 0.0",
        "conflicts[-1].score > 0.0",
        "conflicts[0.5].score > 0.0",
        r#"timestamp("9999-12-31T23:59:59Z") + duration("1h") > timestamp(now)"#,
        r#"duration("2562047h") + duration("2562047h") > duration("1h")"#,
        "partner.tier < 5",
        "partner.parent < 5",
        "timestamp(partner.tier) > timestamp(now)",
    ] {
        assert_eq!(holds(source).unwrap_err().code, RuleError::FAILED, "{source}");
    }
}

#[test]
fn a_missing_fact_is_an_error_that_says_so_and_null_is_a_value() {
    let error = holds(r#"customer.tax_id == "x""#).unwrap_err();
    assert_eq!((error.code, error.detail.contains("tax_id")), (RuleError::FAILED, true));
    all_hold(&["!has(customer.tax_id)", "has(partner.parent)", "partner.parent == null", "partner.parent != \"x\""]);
    let without_now = Facts::new(&json!({"deal": {}})).unwrap();
    assert_eq!(compile("now == null").unwrap().holds(&without_now).unwrap_err().code, RuleError::FAILED);
}

#[test]
fn an_error_beside_a_deciding_operand_does_not_matter() {
    all_hold(&["customer.tax_id == \"x\" || partner.tier == \"gold\"", "!(customer.tax_id == \"x\" && false)"]);
    assert_eq!(holds("customer.tax_id == \"x\" || false").unwrap_err().code, RuleError::FAILED);
}

#[test]
fn lists_are_searched_looped_over_and_compared() {
    all_hold(&[
        "size(conflicts) == 2 && conflicts.size() == 2",
        "conflicts.all(c, c.score > 0.1)",
        "conflicts.exists_one(c, c.score > 0.9)",
        "size(conflicts.filter(c, c.score < 0.9)) == 1",
        "conflicts.map(c, c.kind) == [\"open_opportunity\", \"deal\"]",
        "0.4 in conflicts.map(c, c.score)",
        "conflicts.filter(c, c.score > 0.9)[0].kind == \"open_opportunity\"",
        "conflicts.filter(c, c.score > 0.9).exists(c, c.kind != \"deal\")",
        "[1, 2, 3].exists(n, n * 2 == 6)",
        "partner.territories == [\"DE\", \"AT\"] && [\"DE\", \"AT\"] == partner.territories",
        "partner.territories != [\"AT\", \"DE\"] && partner.territories == partner.copy",
        "conflicts[0] == conflicts[0] && conflicts[0] != conflicts[1] && deal != partner",
        "conflicts.exists(c, c == conflicts[1]) && conflicts[1] in conflicts",
        "conflicts.filter(c, true) == conflicts && conflicts == conflicts.filter(c, true)",
        "\"tier\" in partner && partner.exists(key, key == \"tier\") && deal[\"amount\"][\"currency\"] == \"EUR\"",
        "partner.territories.all(t, t.size() == 2) && [] == []",
    ]);
}

#[test]
fn texts_and_times_have_their_functions() {
    all_hold(&[
        r#"partner.name.startsWith("Ä") && partner.name.endsWith("GmbH") && partner.name.contains("ther ")"#,
        r#"size(partner.name) == 10 && partner.name + "!" == "Äther GmbH!" && "a" < "b""#,
        r#"partner.name.matches("(?i)gmbh$") && !partner.name.matches("^GmbH")"#,
        r#"'it\'s \x41\u00c4\101' == "it's AÄA" && r"\d" == "\\d""#,
        "min(3, 2) == 2 && max(2, 2.5) == 2.5 && max(timestamp(now), timestamp(deal.close)) == timestamp(deal.close)",
        r#"timestamp(now).getFullYear() == 2026 && timestamp(now).getMonth() == 0 && timestamp(now).getDate() == 31"#,
        r#"timestamp(deal.close) - timestamp(now) == duration("696h") && string(12) == "12" && int("7") == 7"#,
        "// a comment\n  true // another",
    ]);
}

#[test]
fn an_expression_knows_what_it_reads_and_facts_show_just_that() {
    let rule = compile(
        r#"deal.amount.amount > 5 && deal["amount"].currency == "EUR" && conflicts.exists(c, c.score > 0.9 && c.kind == customer.name)
           && has(customer.tax_id) && partner.territories[0] == "DE" && size(partner) > 0"#,
    )
    .unwrap();
    let reads = ["conflicts", "customer.name", "customer.tax_id", "deal.amount.amount", "deal.amount.currency", "partner"];
    assert_eq!(rule.reads(), reads);
    let seen = Facts::new(&world()).unwrap().seen(rule.reads());
    assert_eq!(seen["deal.amount.amount"], 7_500_000);
    assert_eq!(seen["conflicts"], world()["conflicts"]);
    assert_eq!(seen["partner"], world()["partner"]);
    assert!(!seen.contains_key("customer.tax_id"), "absent facts stay absent");
}

#[test]
fn an_unknown_name_is_refused_where_it_stands() {
    let error = refused("deal.amount.amount > 5 &&\n  prtner.tier == 'gold'", RuleError::UNKNOWN_NAME);
    assert_eq!((error.line, error.column), (Some(2), Some(3)));
    assert!(error.detail.contains("prtner") && error.detail.contains("partner"), "{error}");
    assert_eq!(refused("'Ä' == \"ö\" && x", RuleError::UNKNOWN_NAME).column, Some(15));
    for source in ["now.lower() == 'x'", "type(deal) == 1", "bytes('a') == 'a'", "optional.none() == 1", ".deal == 1", "c"] {
        assert!(compile(source).is_err(), "{source}");
    }
    refused("conflicts.exists(deal, deal.score > 1)", RuleError::UNKNOWN_NAME);
    refused("conflicts.exists(c, c.score > 1.0) && c.score > 1.0", RuleError::UNKNOWN_NAME);
}

#[test]
fn what_is_never_true_or_false_is_refused_before_it_runs() {
    for source in [
        "1",
        "'x'",
        "null",
        "[true]",
        "1 + 1",
        "size(deal)",
        "deal.score + 1",
        "conflicts.map(c, true)",
        "!5",
        "1 && true",
        "deal ? 1 : 2",
        "5 ? true : false",
        "conflicts.all(c, 7)",
        "timestamp(now)",
    ] {
        refused(source, RuleError::NOT_BOOLEAN);
    }
    assert_eq!(holds("deal.amount").unwrap_err().code, RuleError::NOT_BOOLEAN);
    assert_eq!(holds("deal.score || false").unwrap_err().code, RuleError::FAILED);
}

#[test]
fn broken_text_is_refused_with_a_place_and_a_way_out() {
    for source in [
        "",
        " ",
        "(",
        "deal ==",
        "deal = 1",
        "deal now",
        "[1,",
        "[1,]",
        "has()",
        "has(deal)",
        "size()",
        "'x",
        "\"a\nb\"",
        "'\\q'",
        "1.",
        "1x",
        "0x1F == 31",
        "99999999999999999999 == 1",
        "1e999 == 1.0",
        "'''x''' == 'x'",
        "{'a': 1}.a == 1",
        "deal.?x == 1",
        "deal[?0] == 1",
        "`deal`",
        "true true",
        "1 < 2 < 3",
        "!!true",
        "--1 == 1",
        "deal.in == 1",
        "conflicts.exists(1, true)",
        "conflicts.exists(c)",
        "duration(now) > duration('1h')",
        "duration('1 week') > duration('1h')",
        "timestamp('yesterday') == timestamp(now)",
        "[deal.score] == [1]",
        "true ? [1] == [1] : [2]",
        "[1] < [2]",
        "1 in 'abc'",
        "true + 1 == 2",
        "'a\u{0}' == 'a'",
        "deal\u{a0}== 1",
    ] {
        let error = refused(source, RuleError::SYNTAX);
        assert!(error.detail.chars().count() > 12, "{source}: {error}");
    }
}

#[test]
fn patterns_are_literal_and_small() {
    for source in [
        "partner.name.matches(partner.tier)",
        "partner.name.matches('(')",
        "partner.name.matches('(a{99}){99}')",
        "partner.name.matches('a' + 'b')",
        r"partner.name.matches(r'\w+@\w+')",
        "partner.name.matches('(((((((((((((((((x)))))))))))))))))')",
    ] {
        refused(source, RuleError::BAD_PATTERN);
    }
    refused(&format!("partner.name.matches('{}')", "a".repeat(limits::PATTERN_BYTES + 1)), RuleError::BAD_PATTERN);
    let long = Facts::new(&json!({"partner": {"name": "a".repeat(limits::MATCHED_BYTES + 1)}})).unwrap();
    assert_eq!(compile("partner.name.matches('a')").unwrap().holds(&long).unwrap_err().code, RuleError::FAILED);
}

#[test]
fn facts_that_are_too_large_are_refused_whole() {
    let nested = (0..=limits::FACTS_DEPTH).fold(json!(1), |inside, _| json!([inside]));
    let many: Vec<Vec<u8>> = vec![vec![0; limits::LIST]; limits::NODES / limits::LIST];
    let heavy = vec!["x".repeat(limits::TEXT_BYTES); limits::FACTS_BYTES / limits::TEXT_BYTES];
    for value in [nested, json!(vec![0; limits::LIST + 1]), json!("x".repeat(limits::TEXT_BYTES + 1)), json!(u64::MAX), json!(many), json!(heavy)] {
        assert_eq!(Facts::new(&json!({"deal": value})).unwrap_err().code, RuleError::FACTS);
    }
    assert_eq!(Facts::new(&json!([])).unwrap_err().code, RuleError::FACTS);
    assert!(Facts::new(&json!({"deal": vec![0; limits::LIST], "partner": i64::MIN})).is_ok());
}
