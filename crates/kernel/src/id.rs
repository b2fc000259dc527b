//! Ids: UUIDv7 in the database, `deal_01j…` on the wire, one type per kind.

use std::str::FromStr;
use uuid::Uuid;

/// An id that could not be read: wrong prefix, wrong alphabet or wrong length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like `{prefix}_` followed by 26 characters")]
pub struct BadId {
    /// The prefix that this kind of id carries.
    pub prefix: &'static str,
}

/// A fresh time-ordered UUID; ids made later in one process sort later.
#[allow(clippy::disallowed_methods)]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// Write `id` as `prefix_` and 26 lower-case Crockford base32 characters.
pub fn write(prefix: &str, id: Uuid) -> String {
    let mut text = String::with_capacity(prefix.len() + 27);
    text.push_str(prefix);
    text.push('_');
    text.push_str(&ulid::Ulid::from(id.as_u128()).to_string().to_ascii_lowercase());
    text
}

/// Read what [`write`] wrote; any other spelling of the same number is refused.
pub fn read(prefix: &'static str, text: &str) -> Result<Uuid, BadId> {
    let bad = BadId { prefix };
    let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(bad.clone())?;
    let number = ulid::Ulid::from_str(rest).map_err(|_| bad.clone())?;
    let id = Uuid::from_u128(number.into());
    if write(prefix, id) == text { Ok(id) } else { Err(bad) }
}

/// Define an id type: `define_id!(/// A deal. DealId, "deal");`
#[macro_export]
macro_rules! define_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::sea_orm::DeriveValueType)]
        pub struct $name(pub ::uuid::Uuid);

        impl $name {
            /// The prefix of this kind of id on the wire.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh, time-ordered id.
            pub fn fresh() -> Self {
                Self($crate::id::fresh())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&$crate::id::write($prefix, self.0))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::id::BadId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::read($prefix, text).map(Self)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(from)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        impl ::sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, ::sea_orm::DbErr> {
                Err(::sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                ::utoipa::openapi::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::Type::String)
                    .description(Some(concat!("Id of this kind: `", $prefix, "_` and 26 characters.")))
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{26}$")))
                    .examples([concat!($prefix, "_01jd3k7x2mfq8t9v5w6y0zabcd")])
                    .into()
            }
        }

        impl ::utoipa::ToSchema for $name {}
    };
}

define_id!(
    /// The company whose program this is.
    VendorId, "vnd");
define_id!(
    /// An organisation in a vendor's program.
    PartnerId, "ptn");
define_id!(
    /// A human of a vendor or of a partner.
    PersonId, "per");
define_id!(
    /// An API key (not its secret).
    ApiKeyId, "key");
define_id!(
    /// A person's session.
    SessionId, "ses");
define_id!(
    /// An event in a vendor's log.
    EventId, "evt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_wire() {
        let id = VendorId::fresh();
        assert_eq!(id.to_string().parse::<VendorId>(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        assert!(PartnerId::fresh().to_string().parse::<VendorId>().is_err());
    }

    #[test]
    fn another_spelling_of_the_same_number_is_refused() {
        let text = VendorId::fresh().to_string();
        let (prefix, rest) = text.split_at(4);
        assert!(format!("{prefix}{}", rest.to_uppercase()).parse::<VendorId>().is_err());
    }
}
