//! From a filter to SQL, as far as an index or a plain column answers it.
//!
//! What SQL cannot answer narrows nothing, and the filter is evaluated on what the rest of it left over; with too much left
//! over the request is refused (`tooMany`), so that no filter costs more than [`crate::store::MOST`] rows.

use super::{Filter, Name, Operator};
use crate::schema::{Kind, Type, key};
use crate::value::boolean;
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, VendorId};
use sea_orm::{DbBackend, Value as Bound};
use serde_json::Value;
use uuid::Uuid;

/// A piece of SQL with its values, numbered when it is put into its statement.
#[derive(Debug, Clone, Default)]
pub struct Clause(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Value(Bound),
}

impl Clause {
    /// Plain SQL.
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// A value.
    pub fn value(value: impl Into<Bound>) -> Self {
        Self(vec![Piece::Value(value.into())])
    }

    /// This, followed by plain SQL.
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Text(text.into()));
        self
    }

    /// This, followed by a value.
    pub fn bind(mut self, value: impl Into<Bound>) -> Self {
        self.0.push(Piece::Value(value.into()));
        self
    }

    /// This, followed by another clause.
    pub fn join(mut self, other: Clause) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The statement's text and its values.
    pub fn render(self) -> (String, Vec<Bound>) {
        let (mut text, mut values) = (String::new(), Vec::new());
        for piece in self.0 {
            match piece {
                Piece::Text(part) => text.push_str(&part),
                Piece::Value(value) => {
                    values.push(value);
                    text.push_str(&format!("${}", values.len()));
                }
            }
        }
        (text, values)
    }
}

/// What SQL can say of a filter.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// Rows that it does not let through, the filter does not either; none if it says nothing.
    pub clause: Option<Clause>,
    /// Whether rows that it lets through, the filter does too.
    pub exact: bool,
}

impl Narrowed {
    const NOTHING: Self = Self { clause: None, exact: false };

    fn exactly(clause: Clause) -> Self {
        Self { clause: Some(clause), exact: true }
    }

    fn roughly(clause: Clause) -> Self {
        Self { clause: Some(clause), exact: false }
    }
}

/// What a translation needs to know.
pub struct Ground<'a> {
    /// Users or groups.
    pub kind: &'a Kind,
    /// Whose rows.
    pub vendor: VendorId,
    /// Which database.
    pub backend: DbBackend,
}

impl Ground<'_> {
    /// Translate a filter.
    pub fn narrow(&self, filter: &Filter) -> Narrowed {
        let both = |left: &Filter, right: &Filter| (self.narrow(left), self.narrow(right));
        match filter {
            Filter::And(left, right) => {
                let (left, right) = both(left, right);
                let exact = left.exact && right.exact;
                let clause = match (left.clause, right.clause) {
                    (Some(left), Some(right)) => Some(pair(left, " AND ", right)),
                    (one, other) => one.or(other),
                };
                Narrowed { clause, exact }
            }
            Filter::Or(left, right) => {
                let (left, right) = both(left, right);
                let exact = left.exact && right.exact;
                Narrowed { clause: left.clause.zip(right.clause).map(|(left, right)| pair(left, " OR ", right)), exact }
            }
            Filter::Not(inner) => match self.narrow(inner) {
                Narrowed { clause: Some(clause), exact: true } => Narrowed::exactly(Clause::text("NOT COALESCE((").join(clause).then("), FALSE)")),
                _ => Narrowed::NOTHING,
            },
            Filter::Present(name) => self.present(name),
            Filter::Compare(name, Operator::Ne, value) if !value.is_null() => {
                self.narrow(&Filter::Not(Box::new(Filter::Compare(name.clone(), Operator::Eq, value.clone()))))
            }
            Filter::Compare(name, operator, value) => self.compare(name, *operator, value),
            Filter::Some(name, inner) => self.some(name, inner),
        }
    }

    /// The attribute that a name means, and the part of it, in their own case; an extension's are not columns.
    fn meant(&self, name: &Name) -> Option<(&str, Option<&str>)> {
        let found = self.kind.find(name.uri.as_deref(), &name.attribute).filter(|found| found.extension.is_none())?;
        let part = match &name.part {
            Some(part) => Some(found.attribute.part(part)?.name.as_str()),
            None if found.attribute.kind == Type::Complex && found.attribute.multi_valued => Some("value"),
            None => None,
        };
        Some((&found.attribute.name, part))
    }

    fn present(&self, name: &Name) -> Narrowed {
        match (self.kind.name, self.meant(name)) {
            (_, Some(("id" | "userName" | "active" | "displayName", None) | ("meta", Some("created" | "lastModified"))))
                if name.attribute != "displayName" =>
            {
                Narrowed::exactly(Clause::text("1 = 1"))
            }
            ("User", Some(("externalId", None))) => Narrowed::exactly(Clause::text("s.external_id IS NOT NULL")),
            ("Group", Some(("externalId", None))) => Narrowed::exactly(Clause::text("g.external_id IS NOT NULL")),
            _ => Narrowed::NOTHING,
        }
    }

    fn some(&self, name: &Name, inner: &Filter) -> Narrowed {
        match inner {
            Filter::And(left, right) => {
                let sides = [self.some(name, left), self.some(name, right)];
                sides.into_iter().find_map(|side| side.clause).map_or(Narrowed::NOTHING, Narrowed::roughly)
            }
            Filter::Compare(part, Operator::Eq, value) if part.attribute.eq_ignore_ascii_case("value") => {
                self.compare(&Name { part: Some("value".into()), ..name.clone() }, Operator::Eq, value)
            }
            _ => Narrowed::NOTHING,
        }
    }

    fn compare(&self, name: &Name, operator: Operator, value: &Value) -> Narrowed {
        let Some((attribute, part)) = self.meant(name) else { return Narrowed::NOTHING };
        let text = value.as_str();
        match (self.kind.name, attribute, part, text) {
            (_, "meta", Some(member @ ("created" | "lastModified")), Some(text)) => self.time(member, operator, text),
            ("User", "active", None, _) => match (operator, boolean(value)) {
                (Operator::Eq, Some(active)) => Narrowed::exactly(Clause::text("p.status = ").bind(if active { "active" } else { "deactivated" })),
                _ => Narrowed::NOTHING,
            },
            ("User", "id", None, Some(text)) => same_id("p.id", operator, text.parse::<PersonId>().ok().map(|id| id.0)),
            ("User", "userName", None, Some(text)) => match operator {
                Operator::Eq => Narrowed::roughly(self.people_of("scim_users", "user_name", &key(text))),
                _ => self.text("COALESCE(s.user_name, p.email)", operator, key(text)),
            },
            ("User", "emails", Some("value"), Some(text)) if operator == Operator::Eq => {
                Narrowed::roughly(self.people_of("scim_emails", "address", &key(text)))
            }
            ("User", "externalId", None, Some(text)) => self.indexed("external_id", operator, text.to_owned()),
            ("User", "name", Some("givenName"), Some(text)) => self.indexed("given_name", operator, key(text)),
            ("User", "name", Some("familyName"), Some(text)) => self.indexed("family_name", operator, key(text)),
            ("Group", "id", None, Some(text)) => same_id("g.id", operator, text.parse::<crate::groups::GroupId>().ok().map(|id| id.0)),
            ("Group", "displayName", None, Some(text)) => self.text("g.name_key", operator, key(text)),
            ("Group", "externalId", None, Some(text)) => self.text("g.external_id", operator, text.to_owned()),
            ("Group", "members", Some("value"), Some(text)) if operator == Operator::Eq => {
                let Ok(person) = text.parse::<PersonId>() else { return Narrowed::exactly(Clause::text("1 = 0")) };
                let members = Clause::text("g.id IN (SELECT group_id FROM scim_members WHERE vendor_id = ").bind(self.vendor.0);
                Narrowed::exactly(members.then(" AND person_id = ").bind(person.0).then(")"))
            }
            _ => Narrowed::NOTHING,
        }
    }

    fn time(&self, member: &str, operator: Operator, text: &str) -> Narrowed {
        let column = match (self.kind.name, member) {
            ("User", "created") => "p.created_at",
            ("User", _) => "p.updated_at",
            (_, "created") => "g.created_at",
            _ => "g.updated_at",
        };
        let time = DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
        match (sign(operator), time) {
            (Some(sign), Some(time)) => Narrowed::exactly(Clause::text(format!("{column} {sign} ")).bind(time)),
            _ => Narrowed::NOTHING,
        }
    }

    /// The people whose row of `table` says this, and those of whom no directory has said anything: their address is all that is known.
    fn people_of(&self, table: &str, column: &str, wanted: &str) -> Clause {
        Clause::text(format!("p.id IN (SELECT person_id FROM {table} WHERE vendor_id = "))
            .bind(self.vendor.0)
            .then(format!(" AND {column} = "))
            .bind(wanted)
            .then(" UNION ALL SELECT id FROM people WHERE vendor_id = ")
            .bind(self.vendor.0)
            .then(" AND email = ")
            .bind(wanted)
            .then(")")
    }

    fn indexed(&self, column: &str, operator: Operator, wanted: String) -> Narrowed {
        if operator != Operator::Eq {
            return self.text(&format!("s.{column}"), operator, wanted);
        }
        let rows = Clause::text("p.id IN (SELECT person_id FROM scim_users WHERE vendor_id = ").bind(self.vendor.0);
        Narrowed::exactly(rows.then(format!(" AND {column} = ")).bind(wanted).then(")"))
    }

    fn text(&self, column: &str, operator: Operator, wanted: String) -> Narrowed {
        let place = if self.backend == DbBackend::Postgres { "strpos" } else { "instr" };
        let clause = match operator {
            Operator::Eq => Clause::text(format!("{column} = ")).bind(wanted),
            Operator::Co => Clause::text(format!("{place}({column}, ")).bind(wanted).then(") > 0"),
            Operator::Sw => Clause::text(format!("{place}({column}, ")).bind(wanted).then(") = 1"),
            Operator::Ew => {
                let length = i64::try_from(wanted.chars().count()).unwrap_or(i64::MAX);
                let end = Clause::text(format!("(length({column}) >= {length} AND substr({column}, length({column}) - {length} + 1) = "));
                end.bind(wanted).then(")")
            }
            // The databases order text in their own ways.
            _ => return Narrowed::NOTHING,
        };
        Narrowed::exactly(clause)
    }
}

fn pair(left: Clause, word: &str, right: Clause) -> Clause {
    Clause::text("(").join(left).then(word).join(right).then(")")
}

fn same_id(column: &str, operator: Operator, id: Option<Uuid>) -> Narrowed {
    match (operator, id) {
        (Operator::Eq, Some(id)) => Narrowed::exactly(Clause::text(format!("{column} = ")).bind(id)),
        (Operator::Eq, None) => Narrowed::exactly(Clause::text("1 = 0")),
        _ => Narrowed::NOTHING,
    }
}

fn sign(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Eq => "=",
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse;
    use crate::schema::USERS;

    fn narrow(text: &str) -> (Option<String>, bool) {
        let ground = Ground { kind: &USERS, vendor: VendorId(Uuid::nil()), backend: DbBackend::Sqlite };
        let Narrowed { clause, exact } = ground.narrow(&parse(text).unwrap());
        (clause.map(|clause| clause.render().0), exact)
    }

    #[test]
    fn columns_are_asked_and_the_rest_narrows_nothing() {
        assert_eq!(narrow("active eq true"), (Some("p.status = $1".into()), true));
        assert_eq!(narrow("active ne true"), (Some("NOT COALESCE((p.status = $1), FALSE)".into()), true));
        assert_eq!(narrow(r#"active eq true and title eq "x""#), (Some("p.status = $1".into()), false));
        assert_eq!(narrow(r#"active eq true or title eq "x""#), (None, false));
        assert_eq!(narrow(r#"not (title eq "x")"#), (None, false));
        assert!(narrow(r#"emails[type eq "work"].value eq "x@y""#).0.unwrap().contains("scim_emails"));
        assert!(narrow(r#"userName eq "x" and active eq true"#).0.unwrap().contains("user_name = $2"));
        assert_eq!(narrow(r#"id eq "'; drop table people""#), (Some("1 = 0".into()), true));
    }

    #[test]
    fn no_text_of_a_caller_is_ever_sql() {
        for text in [r#"userName co "%' OR 1=1 --""#, r#"externalId sw "$1""#, r#"name.familyName ew "\\'""#] {
            let (sql, _) = narrow(text);
            assert!(sql.is_some_and(|sql| !sql.contains("OR 1") && !sql.contains("%") && !sql.contains('\'')), "{text}");
        }
    }
}
