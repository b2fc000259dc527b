//! What rules cost: ordinary ones, and the worst that the caps let through. `cargo bench -p kernel --bench rules`.

use kernel::rules::{Expression, Facts, limits};
use serde_json::json;
use std::hint::black_box;
use std::time::{Duration, Instant};

const NAMES: [&str; 3] = ["deal", "partner", "conflicts"];
const TURNS: u32 = 300;

const ORDINARY: [&str; 5] = [
    r#"deal.amount.amount > 5000000 && partner.tier in ["gold", "platinum"]"#,
    "deal.country in partner.list",
    r#"conflicts.exists(c, c.kind == "open_opportunity" && c.score >= 0.9)"#,
    r#"has(deal.tax_id) && deal.tax_id.matches(r"^DE[0-9]{9}$")"#,
    r#"deal.amount.amount > 5 && partner.tier == "gold" && deal.country != "FR" && !has(deal.parent)"#,
];

/// Repeated inside one loop until the caps refuse one more; none decides early.
const BODIES: [&str; 20] = [
    "c.score >= 0",
    "c.missing == 1",
    "c.kind != 'x'",
    "c.a.b.c.d == 1",
    "c.note + 1 == 2",
    "c.note - c.note == 2",
    "c.note + c.note != c.note",
    "partner.note.contains(c.note + 'x') == false",
    "!(c.note.matches('(a|b)*a(a|b)(a|b)(a|b)(a|b)(a|b)c'))",
    "partner.text.matches('(a|b)*a(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)c') == false",
    "(c.kind in partner.list) == false",
    "(c.note in partner.near) == false",
    "c != deal",
    "conflicts == conflicts",
    "size(partner.note) > 1",
    "int(partner.note) == 1",
    "timestamp(partner.note) == timestamp(c.kind)",
    "string(c.score) != 'x'",
    "max(c.score, 1) >= 1",
    "-c.score <= 0 && c.score * 2 % 7 < 9",
];

fn main() {
    let value = largest();
    let started = Instant::now();
    let facts = Facts::new(&value).expect("within the caps");
    println!("the largest facts are read in {} µs", started.elapsed().as_micros());
    println!("{:>9} {:>11} {:>10} {:>8}  rule", "steps", "compile µs", "worst µs", "ns/step");
    for source in ORDINARY {
        report(source, &facts);
    }
    println!("at the caps:");
    let mut worst = Duration::ZERO;
    for body in BODIES {
        for (how, joined) in [("all", " && "), ("filter", " && "), ("map", " && ")] {
            let sources = (1..60).map(|count| wrapped(how, &vec![body; count].join(joined)));
            let fullest = sources.take_while(|source| Expression::compile(source, &NAMES).is_ok()).last();
            worst = worst.max(fullest.map_or(Duration::ZERO, |source| report(&source, &facts)));
        }
    }
    let longest = ["deal.amount.amount>1"; 49].join("&&");
    worst = worst.max(report(&longest, &facts));
    println!("worst evaluation {} µs; the cap of {} steps stands for 3,000 µs", worst.as_micros(), limits::STEPS);
}

fn wrapped(how: &str, body: &str) -> String {
    match how {
        "all" => format!("conflicts.all(c, {body})"),
        _ => format!("size(conflicts.{how}(c, {body})) == 0"),
    }
}

/// Print one line; the slowest of many evaluations, after one to warm up.
fn report(source: &str, facts: &Facts) -> Duration {
    let started = Instant::now();
    let rule = Expression::compile(source, &NAMES).expect(source);
    let compile = started.elapsed();
    let times = (0..TURNS).map(|_| {
        let started = Instant::now();
        let _ = black_box(rule.holds(black_box(facts)));
        started.elapsed()
    });
    // The second slowest: one turn in many is the scheduler's, not the rule's.
    let mut times: Vec<_> = times.collect();
    times.sort();
    let slow = times[times.len() - 2];
    let each = slow.as_nanos() as u64 / rule.steps();
    let shown: String = source.chars().take(90).collect();
    println!("{:>9} {:>11} {:>10.1} {each:>8}  {shown}", rule.steps(), compile.as_micros(), slow.as_nanos() as f64 / 1e3);
    slow
}

fn largest() -> serde_json::Value {
    let note = |last: usize| format!("{}{last:04}", "ab".repeat(100));
    let conflict = |i: usize| json!({"kind": format!("k{i}"), "score": i, "note": note(i), "a": {"b": {"c": {"d": 1}}}, "x": vec![i; 10]});
    json!({
        "deal": {"amount": {"amount": 7_500_000, "currency": "EUR"}, "country": "AT", "tax_id": "DE123456789"},
        "partner": {
            "tier": "gold",
            "note": "a".repeat(limits::TEXT_BYTES),
            "text": "abbab".repeat(limits::MATCHED_BYTES / 5),
            "list": (0..limits::LIST).map(|i| format!("t{i}")).collect::<Vec<_>>(),
            "near": (0..limits::LIST).map(|i| note(i + 1000)).collect::<Vec<_>>(),
        },
        "conflicts": (0..limits::LIST).map(conflict).collect::<Vec<_>>(),
    })
}
