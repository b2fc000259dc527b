//! Facts: what a rule may look at, checked for size once and then shared by every expression.

use super::error::RuleError;
use super::fact::Fact;
use super::limits;
use super::value::{FactList, FactMap};
use cel::common::types::CelNull;
use serde_json::{Map, Number, Value};

/// The facts of one decision, ready for evaluation. Whole numbers are `i64`, others `f64`.
#[derive(Debug, Clone)]
pub struct Facts(FactMap);

impl Facts {
    /// Check and convert an object whose fields are the variables of the rules.
    pub fn new(value: &Value) -> Result<Facts, RuleError> {
        let mut room = Room { nodes: limits::NODES, bytes: limits::FACTS_BYTES };
        match value {
            Value::Object(fields) => Ok(Facts(room.map(fields, 1)?)),
            _ => Err(RuleError::new(RuleError::FACTS, "facts are an object of named values")),
        }
    }

    /// The values at the given paths, as [`Expression::reads`](super::Expression::reads) names them.
    /// A path that leads nowhere is left out: that it was absent is then on record too.
    pub fn seen(&self, paths: &[String]) -> Map<String, Value> {
        paths.iter().filter_map(|path| Some((path.clone(), self.at(path)?.to_json()))).collect()
    }

    /// The fact called `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    fn at(&self, path: &str) -> Option<&Fact> {
        let mut fields = path.split('.');
        let first = self.get(fields.next()?)?;
        fields.try_fold(first, |fact, field| match fact {
            Fact::Map(map) => map.get(field),
            _ => None,
        })
    }
}

/// What is left of the caps.
struct Room {
    nodes: usize,
    bytes: usize,
}

impl Room {
    fn fact(&mut self, value: &Value, depth: usize) -> Result<Fact, RuleError> {
        match value {
            Value::Object(fields) => Ok(Fact::Map(self.map(fields, depth + 1)?)),
            Value::Array(items) => {
                self.enter(items.len(), depth + 1)?;
                let items = items.iter().map(|item| self.fact(item, depth + 1)).collect::<Result<_, _>>()?;
                Ok(Fact::List(FactList::new(items)))
            }
            Value::Null => Ok(Fact::Null(CelNull)),
            Value::Bool(value) => Ok(Fact::Bool((*value).into())),
            Value::Number(number) => whole_or_double(number),
            Value::String(text) => Ok(Fact::Text(self.text(text)?.into())),
        }
    }

    fn map(&mut self, fields: &Map<String, Value>, depth: usize) -> Result<FactMap, RuleError> {
        self.enter(fields.len(), depth)?;
        let mut entries = Vec::with_capacity(fields.len());
        for (key, value) in fields {
            entries.push((self.text(key)?.into(), self.fact(value, depth)?));
        }
        Ok(FactMap::new(entries))
    }

    /// Take room for a list or an object of `length` values.
    fn enter(&mut self, length: usize, depth: usize) -> Result<(), RuleError> {
        if depth > limits::FACTS_DEPTH {
            return Err(too_large(format!("at most {} levels of lists and objects", limits::FACTS_DEPTH)));
        }
        if length > limits::LIST {
            return Err(too_large(format!("at most {} values in one list or object", limits::LIST)));
        }
        match self.nodes.checked_sub(length) {
            Some(left) => self.nodes = left,
            None => return Err(too_large(format!("at most {} values in all", limits::NODES))),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<String, RuleError> {
        if text.len() > limits::TEXT_BYTES {
            return Err(too_large(format!("at most {} bytes in one text", limits::TEXT_BYTES)));
        }
        match self.bytes.checked_sub(text.len()) {
            Some(left) => self.bytes = left,
            None => return Err(too_large(format!("at most {} bytes of text in all", limits::FACTS_BYTES))),
        }
        Ok(text.to_owned())
    }
}

fn too_large(cap: String) -> RuleError {
    RuleError::new(RuleError::FACTS, format!("facts hold {cap}; give rules less to look at"))
}

fn whole_or_double(number: &Number) -> Result<Fact, RuleError> {
    if let Some(whole) = number.as_i64() {
        return Ok(Fact::Whole(whole.into()));
    }
    match number.as_f64() {
        Some(value) if number.is_f64() && value.is_finite() => Ok(Fact::Double(value.into())),
        _ => Err(too_large("whole numbers of 64 bits with a sign".to_owned())),
    }
}
