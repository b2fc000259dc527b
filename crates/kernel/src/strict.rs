//! JSON read as it is described: an object is written as an object.
//!
//! Serde would also fill a struct from an array, member by member; no document says so and no caller means it.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::{Error, Value};

/// A JSON value that gives up structs from objects only.
pub(crate) struct Strict(pub(crate) Value);

impl<'de> IntoDeserializer<'de, Error> for Strict {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Strict))),
            Value::Object(members) => visitor.visit_map(MapDeserializer::new(members.into_iter().map(|(name, member)| (name, Strict(member))))),
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::custom("invalid type: array, expected an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            // Not `deserialize_any`: serde_json's own map would take null for an empty one.
            other => other.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        // Names with a `$` are serde_json's own, for values that are kept as text.
        if name.starts_with('$') { self.0.deserialize_newtype_struct(name, visitor) } else { visitor.visit_newtype_struct(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(self, name: &'static str, variants: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        name: String,
        inner: Option<Inner>,
        #[serde(default)]
        list: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        count: i64,
    }

    fn read(value: Value) -> Result<Outer, Error> {
        Outer::deserialize(Strict(value))
    }

    #[test]
    fn what_is_written_as_described_is_read() {
        let read = read(json!({"name": "a", "inner": {"count": -1}, "list": [{"count": 2}, {}]})).unwrap();
        assert_eq!(read, Outer { name: "a".into(), inner: Some(Inner { count: -1 }), list: vec![Inner { count: 2 }, Inner { count: 0 }] });
    }

    #[test]
    fn null_is_no_object_of_free_members() {
        assert!(serde_json::Map::deserialize(Strict(Value::Null)).is_err());
        assert!(serde_json::Map::deserialize(Strict(json!({"any": {"thing": null}}))).is_ok());
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        for value in [json!(["a", null]), json!({"name": "a", "inner": []}), json!({"name": "a", "inner": [1]}), json!({"name": "a", "list": [[]]})] {
            assert!(read(value.clone()).is_err(), "{value}");
        }
    }
}
