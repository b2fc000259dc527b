//! Lists and objects of facts as values that `cel` evaluates without copying: cloned by reference and compared
//! by fingerprint, so neither binding a loop variable nor `==` costs more for large facts.

use super::fact::{Fact, fingerprint};
use cel::ExecutionError;
use cel::common::traits::{Container, Indexer, Iterable, Iterator as Elements, Sizer};
use cel::common::types::{CelInt, CelList, CelString, CelUInt, LIST_TYPE, MAP_TYPE, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use std::any::Any;
use std::sync::Arc;

static LIST: Type = LIST_TYPE;
static MAP: Type = MAP_TYPE;

/// An object's entry.
type Entry = (CelString<'static>, Fact);

#[derive(Debug)]
struct Inside<T> {
    values: Vec<T>,
    fingerprint: u64,
}

/// A list in facts.
#[derive(Debug, Clone)]
pub(super) struct FactList(Arc<Inside<Fact>>);

/// An object in facts; its entries are sorted by key.
#[derive(Debug, Clone)]
pub(super) struct FactMap(Arc<Inside<Entry>>);

impl FactList {
    pub fn new(values: Vec<Fact>) -> Self {
        let prints: Vec<u64> = values.iter().map(Fact::fingerprint).collect();
        FactList(Arc::new(Inside { values, fingerprint: fingerprint(("list", prints)) }))
    }

    pub fn items(&self) -> &[Fact] {
        &self.0.values
    }

    pub fn fingerprint(&self) -> u64 {
        self.0.fingerprint
    }

    fn item(&self, index: &dyn Val) -> Result<&Fact, ExecutionError> {
        let place = match (index.downcast_ref::<CelInt>(), index.downcast_ref::<CelUInt>()) {
            (Some(place), _) => usize::try_from(*place.inner()).ok(),
            (_, Some(place)) => usize::try_from(*place.inner()).ok(),
            _ => return Err(unexpected(index, "int")),
        };
        let outside = || ExecutionError::IndexOutOfBounds(index.try_into().unwrap_or(cel::Value::Null));
        place.and_then(|place| self.items().get(place)).ok_or_else(outside)
    }
}

impl FactMap {
    pub fn new(mut values: Vec<Entry>) -> Self {
        values.sort_by(|(left, _), (right, _)| left.cmp(right));
        let prints: Vec<_> = values.iter().map(|(key, value)| (key.inner(), value.fingerprint())).collect();
        let fingerprint = fingerprint(("map", prints));
        FactMap(Arc::new(Inside { values, fingerprint }))
    }

    pub fn entries(&self) -> &[Entry] {
        &self.0.values
    }

    pub fn fingerprint(&self) -> u64 {
        self.0.fingerprint
    }

    pub fn get(&self, key: &str) -> Option<&Fact> {
        let place = self.entries().binary_search_by(|(entry, _)| entry.inner().cmp(key)).ok()?;
        Some(&self.entries()[place].1)
    }
}

fn unexpected(value: &dyn Val, want: &str) -> ExecutionError {
    ExecutionError::UnexpectedType { got: value.get_type().name().to_owned(), want: want.to_owned() }
}

fn key(value: &dyn Val) -> Result<&str, ExecutionError> {
    value.downcast_ref::<CelString<'_>>().map(CelString::inner).ok_or_else(|| unexpected(value, "string"))
}

impl Indexer for FactList {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(CowVal::Borrowed(self.item(index)?.val()))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.item(index).map(|fact| fact.val().clone_as_boxed())
    }
}

impl Indexer for FactMap {
    fn get<'b, 'v>(&'b self, field: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = key(field)?;
        let fact = FactMap::get(self, name).ok_or_else(|| ExecutionError::no_such_key(name))?;
        Ok(CowVal::Borrowed(fact.val()))
    }

    fn steal<'v>(self: Box<Self>, field: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Indexer::get(self.as_ref(), field).map(CowVal::into_owned)
    }
}

impl Container for FactList {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.items().iter().any(|fact| fact.val().equals(value)))
    }
}

impl Container for FactMap {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(FactMap::get(self, key(value)?).is_some())
    }
}

/// Elements of a list, or keys of an object, lent one by one.
struct Lent<'b, T>(std::slice::Iter<'b, T>, fn(&'b T) -> &'b (dyn Val + 'static));

impl<'b, 'v, T> Elements<'b, 'v> for Lent<'b, T> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|value| (self.1)(value) as &'b (dyn Val + 'v))
    }
}

impl Iterable for FactList {
    fn iter<'b, 'v>(&'b self) -> Box<dyn Elements<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Lent(self.items().iter(), Fact::val))
    }
}

impl Iterable for FactMap {
    fn iter<'b, 'v>(&'b self) -> Box<dyn Elements<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Lent(self.entries().iter(), |(key, _)| key))
    }
}

/// A length, which the caps keep far below `i64::MAX`.
fn length(of: usize) -> CelInt {
    CelInt::from(i64::try_from(of).unwrap_or(i64::MAX))
}

impl Sizer for FactList {
    fn size(&self) -> CelInt {
        length(self.items().len())
    }
}

impl Sizer for FactMap {
    fn size(&self) -> CelInt {
        length(self.entries().len())
    }
}

/// What a list and an object in facts have in common for `cel`; only equality differs.
macro_rules! container {
    ($name:ident, $type:ident, |$this:ident, $other:ident| $equals:expr) => {
        impl StaticVal for $name {}

        impl Val for $name {
            fn get_type(&self) -> &Type {
                &$type
            }

            fn cel_type() -> &'static Type {
                &$type
            }

            fn equals(&self, $other: &dyn Val) -> bool {
                let $this = self;
                $equals
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
                Box::new(self.clone())
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }

            fn as_container(&self) -> Option<&dyn Container> {
                Some(self)
            }

            fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }

            fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }

            fn as_sizer(&self) -> Option<&dyn Sizer> {
                Some(self)
            }
        }
    };
}

container!(FactList, LIST, |this, other| match other.downcast_ref::<FactList>() {
    Some(other) => this.fingerprint() == other.fingerprint(),
    None => other.downcast_ref::<CelList<'_>>().is_some_and(|other| same_items(this, other)),
});

container!(FactMap, MAP, |this, other| other.downcast_ref::<FactMap>().is_some_and(|other| this.fingerprint() == other.fingerprint()));

/// Whether a list of facts equals one that the rule wrote or made.
fn same_items(facts: &FactList, made: &CelList<'_>) -> bool {
    let made = made.inner();
    facts.items().len() == made.len() && facts.items().iter().zip(made).all(|(fact, made)| fact.val().equals(made.as_ref()))
}
