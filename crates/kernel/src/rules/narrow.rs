//! Facts for one expression: only what it reads, so that a large value is no obstacle to a small rule.

use super::{Expression, Facts, RuleError};
use serde_json::{Map, Value};

impl Expression {
    /// Whether it holds over these named values. An error means *not decided*.
    pub fn holds_over(&self, values: &Value) -> Result<bool, RuleError> {
        let mut read = Value::Object(Map::new());
        for path in self.reads() {
            let fields: Vec<&str> = path.split('.').collect();
            copy(values, &fields, &mut read);
        }
        self.holds(&Facts::new(&read)?)
    }
}

/// Copy what lies at `path`, as far as there are objects on the way.
fn copy(from: &Value, path: &[&str], to: &mut Value) {
    let ([field, rest @ ..], Value::Object(members), Value::Object(made)) = (path, from, to) else { return };
    let Some(member) = members.get(*field) else { return };
    if rest.is_empty() || !member.is_object() {
        made.insert((*field).to_owned(), member.clone());
    } else {
        copy(member, rest, made.entry((*field).to_owned()).or_insert_with(|| Value::Object(Map::new())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decided(source: &str, values: Value) -> Result<bool, &'static str> {
        let expression = Expression::compile(source, &["event", "now"]).unwrap();
        expression.holds_over(&values).map_err(|cause| cause.code)
    }

    #[test]
    fn an_expression_sees_what_it_reads_and_is_not_kept_from_it_by_the_rest() {
        let event =
            json!({"event": {"type": "deal.approved", "data": {"text": "x".repeat(100_000), "deal": {"status": "approved", "lines": [{"n": 1}]}}}});
        assert_eq!(decided("true", event.clone()), Ok(true));
        assert_eq!(decided(r#"event.data.deal.status == "approved" && event.type == "deal.approved""#, event.clone()), Ok(true));
        assert_eq!(decided("event.data.deal.lines.exists(l, l.n == 1)", event.clone()), Ok(true));
        assert_eq!(decided("event.data.deal.lines[0].n == 1", event.clone()), Ok(true));
        assert_eq!(decided("has(event.data.deal.amount)", event.clone()), Ok(false));
        assert_eq!(decided("event.data.deal.amount > 5", event.clone()), Err("rule.failed"));
        assert_eq!(decided(r#"event.data.text == """#, event), Err("rule.facts_too_large"));
    }
}
