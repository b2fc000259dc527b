//! What rules withstand: everything here runs on a 512 KiB stack, must return, and must not panic.

use super::lexer::tokens;
use super::parser::Parser;
use super::{Expression, Facts, RuleError, limits};
use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr};
use proptest::prelude::*;
use serde_json::json;

const NAMES: [&str; 4] = ["deal", "partner", "conflicts", "n"];

/// The largest facts there can be, to evaluate against.
fn large_facts() -> Facts {
    let entry = |i: usize| json!({"kind": format!("k{i}"), "score": i, "note": "ab".repeat(40), "nested": [i, i, [i]]});
    let conflicts: Vec<_> = (0..limits::LIST).map(entry).collect();
    let partner = json!({"tier": "gold", "note": "a".repeat(limits::TEXT_BYTES), "list": vec!["xyz"; limits::LIST]});
    let facts = json!({"deal": {"amount": i64::MAX, "score": 0.5}, "partner": partner, "conflicts": conflicts, "n": -1});
    Facts::new(&facts).expect("as large as allowed")
}

/// Run on a small stack; a panic or an overflow fails the test.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(work).expect("a thread");
    thread.join().expect("no panic");
}

/// Compile, and evaluate what compiles.
fn withstand(source: &str, facts: &Facts) -> Result<bool, RuleError> {
    let rule = Expression::compile(source, &NAMES)?;
    assert!(rule.steps() <= limits::STEPS);
    rule.holds(facts)
}

#[test]
fn depth_is_refused_in_every_shape_before_it_costs_stack() {
    on_a_small_stack(|| {
        let facts = large_facts();
        for count in [1, 5, 9, 11, 12, 13, 50, 300, 900] {
            for (open, close) in [
                ("(", ")"),
                ("[", "]"),
                ("size(", ")"),
                ("has(", ")"),
                ("!(", ")"),
                ("-(", ")"),
                ("n[", "]"),
                ("n.size(", ")"),
                ("true ? (", ") : true"),
                ("n == (", ")"),
                ("n + (", ")"),
                ("int(", ") + 1"),
                ("conflicts.all(c, ", ")"),
                ("max(1, ", ")"),
                ("true && (", ")"),
                ("false || (true && ", ")"),
                ("conflicts.filter(c, ", ")"),
                ("!", ""),
                ("-", ""),
                ("(", ""),
                ("", ")"),
                ("[", ")"),
                ("n.matches(", ")"),
                ("n.map(c, [", "])"),
                ("{", "}"),
                ("'", "'"),
                ("\"\\", "\""),
            ] {
                for core in ["1", "true", "n", "deal.score == 1", ""] {
                    let _ = withstand(&format!("{}{core}{}", open.repeat(count), close.repeat(count)), &facts);
                }
            }
        }
    });
}

#[test]
fn the_deepest_rules_that_compile_also_evaluate() {
    on_a_small_stack(|| {
        let facts = large_facts();
        let wrap = |open: &str, core: &str, close: &str, count: usize| format!("{}{core}{}", open.repeat(count), close.repeat(count));
        for (open, core, close) in [
            ("1 + (", "n", ")"),
            ("!(", "n == 1", ")"),
            ("-(", "n", ")"),
            ("int(", "n", ")"),
            ("max(1, ", "n", ")"),
            ("true ? ", "n == -1", " : true"),
            ("false || (true && ", "n == -1", ")"),
            ("conflicts[", "n", "]"),
            ("string(", "n", ")"),
        ] {
            let deepest = (0..=30).rev().map(|count| wrap(open, core, close, count)).find_map(|text| {
                [text.clone(), format!("{text} == 1"), format!("conflicts.exists(c, {text})"), format!("size(conflicts.map(c, {text})) == 1")]
                    .into_iter()
                    .find_map(|text| Expression::compile(&text, &NAMES).ok())
            });
            let _ = deepest.expect("some depth compiles").holds(&facts);
            for count in 0..=12 {
                for how in ["exists", "all", "exists_one", "filter", "map"] {
                    let body = wrap(open, core, close, count);
                    let _ = withstand(&format!("size(conflicts.{how}(c, {body})) == 1"), &facts);
                    let _ = withstand(&format!("conflicts.{how}(c, {body})"), &facts);
                    let _ = withstand(&format!("conflicts.{how}(c, {body} == 1)"), &facts);
                }
            }
        }
    });
}

#[test]
fn long_chains_of_every_operator_return() {
    on_a_small_stack(|| {
        let facts = large_facts();
        for operator in ["+", "-", "*", "/", "%", "&&", "||", "==", "<", " in ", "? 1 :", ".", ",", "?", ":", "!", "[", "]", "(", ")", ". b", "// "] {
            for operand in ["1", "n", "true", "'x'", "deal.score == 1", "conflicts.size()", "partner.note"] {
                for count in [2, 10, 40, 130, 200, 900] {
                    let _ = withstand(&vec![operand; count].join(operator), &facts);
                    let _ = withstand(&format!("conflicts.exists(c, {})", vec![operand; count].join(operator)), &facts);
                }
            }
        }
    });
}

#[test]
fn loops_inside_loops_and_other_slow_rules_are_too_complex() {
    let facts = large_facts();
    for source in [
        "[1,2,3].map(x, [1,2,3].map(y, x * y)) == []",
        "conflicts.exists(c, conflicts.exists(d, d == c))",
        "conflicts.map(c, c.note + c.note + c.note + c.note).exists(t, t.contains(partner.note + partner.note))",
        "conflicts.exists(c, c.note.matches('a') || c.note.matches('b') || c.note.matches('c'))",
        "conflicts.all(c, c.kind in partner.list && c.kind in partner.list && c.kind in partner.list)",
    ] {
        assert_eq!(withstand(source, &facts).unwrap_err().code, RuleError::TOO_COMPLEX, "{source}");
    }
    let endless = ["conflicts.exists(c, c.kind == 'x' && c.score > 1)"; 12].join(" || ");
    assert_eq!(withstand(&endless, &facts).unwrap_err().code, RuleError::TOO_COMPLEX);
    assert_eq!(withstand(&"1".repeat(limits::SOURCE_BYTES + 1), &facts).unwrap_err().code, RuleError::TOO_LONG);
    assert_eq!(withstand(&"1 ".repeat(limits::TOKENS + 1), &facts).unwrap_err().code, RuleError::TOO_LONG);
}

/// Words that make soup; some are whole attacks.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => prop::sample::select(vec!["(", ")", "[", "]", "?", ":", "&&", "||", "==", "<", "in", "!", "-", "+", "*", "/", "%", ".", ",", "{", "}"]),
        8 => prop::sample::select(vec!["deal", "partner.note", "conflicts", "n", "c", "c.score", "true", "null", "1", "0", "1.5", "'x'", "[1,2]"]),
        4 => prop::sample::select(vec!["size(", "has(", ".size()", ".exists(c,", ".map(c,", ".filter(c,", ".matches('(a*)*b')", "duration('9e99h')", "min("]),
        2 => prop::sample::select(vec!["9223372036854775807", "-9223372036854775808", "1e308", "'\u{1F600}'", "\u{202e}", "\0", "'", "\"", "\\", "r'", "//", "\n", "@0", "`", "é"]),
    ];
    (prop::collection::vec(word, 0..60), prop::sample::select(vec!["", " "])).prop_map(|(words, gap)| words.join(gap))
}

/// Well-formed expressions, of every kind there is.
fn grown() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "n",
        "deal.amount",
        "deal['score']",
        "partner.tier",
        "1",
        "-9223372036854775808",
        "2.5",
        "7u",
        "'x'",
        "null",
        "true",
        "conflicts",
        "conflicts[0].kind",
        "partner.list",
        "[1, 2.0, 'x']",
        "timestamp('2026-01-31T00:00:00Z')",
        "duration('1h')",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(5, 40, 3, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"]);
        let how = prop::sample::select(vec!["exists", "all", "exists_one", "filter", "map"]);
        let function = prop::sample::select(vec!["size", "int", "double", "string", "timestamp", "!", "-", ""]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} == {b} ? {b} : {c})")),
            (inner.clone(), how, inner.clone()).prop_map(|(a, how, b)| format!("{a}.{how}(c, c == {b})")),
            (function, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("min({a}, {b})")),
            prop::collection::vec(inner.clone(), 2..7).prop_map(|all| all.join(" == 1 && ") + " == 2"),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{a}.contains({b})")),
        ]
    })
}

/// Same shape, whatever the numbers of the nodes and the sides of `==`, which we swap for lists.
fn plain(mut expr: IdedExpr) -> IdedExpr {
    expr.id = 0;
    match &mut expr.expr {
        Expr::Call(call) => {
            call.target = call.target.take().map(|target| Box::new(plain(*target)));
            call.args = std::mem::take(&mut call.args).into_iter().map(plain).collect();
            if matches!(call.func_name.as_str(), "_==_" | "_!=_") {
                call.args.sort_by_key(|arg| format!("{arg:?}"));
            }
        }
        Expr::Select(select) => *select.operand = plain(std::mem::take(&mut *select.operand)),
        Expr::List(list) => list.elements = std::mem::take(&mut list.elements).into_iter().map(plain).collect(),
        Expr::Comprehension(inside) => {
            let ComprehensionExpr { iter_range, accu_init, loop_cond, loop_step, result, .. } = inside.as_mut();
            for part in [iter_range, accu_init, loop_cond, loop_step, result] {
                *part = plain(std::mem::take(part));
            }
        }
        _ => {}
    }
    expr
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_soup_panics_or_overflows(texts in prop::collection::vec(soup(), 32)) {
        on_a_small_stack(move || {
            let facts = large_facts();
            for text in texts {
                let _ = withstand(&text, &facts);
                let _ = withstand(&format!("conflicts.exists(c, {text})"), &facts);
            }
        });
    }

    #[test]
    fn no_text_at_all_panics_or_overflows(text in any::<String>(), times in 1_usize..40) {
        on_a_small_stack(move || { let _ = withstand(&text.repeat(times), &large_facts()); });
    }

    #[test]
    fn no_well_formed_rule_panics_or_overflows(texts in prop::collection::vec(grown(), 16)) {
        on_a_small_stack(move || {
            let facts = large_facts();
            for text in texts {
                let _ = withstand(&text, &facts);
                let _ = withstand(&format!("{text} == n"), &facts);
            }
        });
    }

    #[test]
    fn whatever_is_accepted_reads_as_cel_itself_reads_it(texts in prop::collection::vec(prop_oneof![soup(), grown()], 16)) {
        // The generated parser needs a stack that no request should have.
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(move || {
            for text in texts {
                // A pattern becomes a number.
                let ours = tokens(&text).and_then(|tokens| Parser::new(tokens, &NAMES).condition());
                let Ok(ours) = ours else { continue };
                let theirs = cel::Program::compile(&text).expect(&text).expression().clone();
                if !text.contains("matches") {
                    assert_eq!(plain(ours.expr), plain(theirs), "{text}");
                }
            }
        });
        thread.expect("a thread").join().expect("both read alike");
    }
}
