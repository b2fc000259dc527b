//! Money: whole minor units and an ISO 4217 currency. No floats, ever.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// The largest amount taken, in minor units: one quadrillion, far from overflow in any sum of a million rows.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// An amount of money in the currency's minor unit, e.g. cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 1250000, "currency": "EUR"}))]
pub struct Money {
    /// Whole minor units: `1250000` is 12,500.00 EUR.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    #[serde(deserialize_with = "amount")]
    pub amount: i64,
    /// ISO 4217 alphabetic code, e.g. `EUR`.
    pub currency: Currency,
}

fn amount<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let amount = i64::deserialize(from)?;
    if (0..=MAX_AMOUNT).contains(&amount) {
        Ok(amount)
    } else {
        Err(serde::de::Error::custom(format!("an amount lies between 0 and {MAX_AMOUNT} minor units")))
    }
}

/// An ISO 4217 currency in circulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The alphabetic code, e.g. `EUR`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the decimal point: 2 for EUR, 0 for JPY.
    pub fn digits(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }
}

impl FromStr for Currency {
    type Err = String;
    fn from_str(code: &str) -> Result<Self, String> {
        iso_currency::Currency::from_code(code).map(Self).ok_or_else(|| "expected an ISO 4217 currency code such as `EUR`".to_owned())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .description(Some("ISO 4217 alphabetic currency code."))
            .pattern(Some("^[A-Z]{3}$"))
            .examples(["EUR"])
            .into()
    }
}

impl ToSchema for Currency {}

/// A whole or decimal amount as a CRM exports it (`1,054.50`), in minor units of `currency`.
/// More decimals than the currency has, or anything but digits, is refused.
pub fn parse_decimal(text: &str, currency: Currency) -> Result<i64, String> {
    let refuse = || format!("`{text}` is not an amount in {}", currency.code());
    let plain: String = text.trim().chars().filter(|c| *c != ',').collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = currency.digits() as usize;
    let fraction = if fraction.len() > digits { fraction.trim_end_matches('0') } else { fraction };
    if whole.is_empty() || fraction.len() > digits || !format!("{whole}{fraction}").bytes().all(|b| b.is_ascii_digit()) {
        return Err(refuse());
    }
    let amount: i64 = format!("{whole}{fraction:0<digits$}").parse().map_err(|_| refuse())?;
    if amount <= MAX_AMOUNT { Ok(amount) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_minor_units_without_a_float() {
        let eur: Currency = "EUR".parse().unwrap();
        let jpy: Currency = "JPY".parse().unwrap();
        assert_eq!(parse_decimal("1,054.5", eur), Ok(105_450));
        assert_eq!(parse_decimal("1054", jpy), Ok(1_054));
        assert_eq!(parse_decimal("10.500", eur), Ok(1_050));
        for bad in ["", "-1", "1.005", "1e9", "٣", "9999999999999999999"] {
            assert!(parse_decimal(bad, eur).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_negative_or_unknown_amount_is_refused() {
        for bad in [r#"{"amount":-1,"currency":"EUR"}"#, r#"{"amount":1,"currency":"ZZZ"}"#, r#"{"amount":1.5,"currency":"EUR"}"#] {
            assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
        }
    }
}
