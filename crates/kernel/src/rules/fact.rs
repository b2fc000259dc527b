//! One value in facts, and the fingerprint by which lists and objects are compared.

use super::value::{FactList, FactMap};
use cel::common::types::{CelBool, CelDouble, CelInt, CelNull, CelString};
use cel::common::value::Val;
use serde_json::Value;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::LazyLock;

/// Keyed anew in each process, so that nobody can prepare two values with one fingerprint.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Whole numbers up to here are exact as `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// One value in facts.
#[derive(Debug, Clone)]
pub(super) enum Fact {
    Null(CelNull),
    Bool(CelBool),
    Whole(CelInt),
    Double(CelDouble),
    Text(CelString<'static>),
    List(FactList),
    Map(FactMap),
}

impl Fact {
    /// As `cel` sees it.
    pub fn val(&self) -> &(dyn Val + 'static) {
        match self {
            Fact::Null(value) => value,
            Fact::Bool(value) => value,
            Fact::Whole(value) => value,
            Fact::Double(value) => value,
            Fact::Text(value) => value,
            Fact::List(value) => value,
            Fact::Map(value) => value,
        }
    }

    /// As it came.
    pub fn to_json(&self) -> Value {
        match self {
            Fact::Null(_) => Value::Null,
            Fact::Bool(value) => Value::from(*value.inner()),
            Fact::Whole(value) => Value::from(*value.inner()),
            Fact::Double(value) => Value::from(*value.inner()),
            Fact::Text(value) => Value::from(value.inner()),
            Fact::List(list) => list.items().iter().map(Fact::to_json).collect(),
            Fact::Map(map) => map.entries().iter().map(|(key, value)| (key.inner(), value.to_json())).collect(),
        }
    }

    /// Equal values have equal fingerprints; CEL has 1 == 1.0.
    pub fn fingerprint(&self) -> u64 {
        match self {
            Fact::Null(_) => fingerprint("null"),
            Fact::Bool(value) => fingerprint(value.inner()),
            Fact::Whole(value) => fingerprint(value.inner()),
            Fact::Double(value) => match *value.inner() {
                whole if whole.fract() == 0.0 && whole.abs() <= EXACT => fingerprint(whole as i64),
                other => fingerprint(other.to_bits()),
            },
            Fact::Text(value) => fingerprint(("text", value.inner())),
            Fact::List(list) => list.fingerprint(),
            Fact::Map(map) => map.fingerprint(),
        }
    }
}

/// The fingerprint of anything hashable, under this process's key.
pub(super) fn fingerprint(value: impl Hash) -> u64 {
    KEY.hash_one(value)
}
