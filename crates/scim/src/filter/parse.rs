//! From text to a tree, bounded in length, depth and width.

use super::{DEEPEST, Filter, LONGEST, Name, Operator, Path, WIDEST};
use crate::error::INVALID_FILTER;
use kernel::Problem;
use serde_json::Value;

/// Read a filter.
pub fn parse(text: &str) -> Result<Filter, Problem> {
    let mut reader = Reader::of(text)?;
    let filter = reader.any(0)?;
    reader.end()?;
    Ok(filter)
}

/// Read the path of a PATCH operation (RFC 7644 §3.5.2).
pub fn parse_path(text: &str) -> Result<Path, Problem> {
    let mut reader = Reader::of(text)?;
    let mut name = reader.name()?;
    let filter = if reader.take("[") { Some(reader.bracket(1)?) } else { None };
    if filter.is_some() && reader.take(".") {
        name.part = Some(reader.word()?.to_owned());
    }
    reader.end()?;
    Ok(Path { name, filter })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    terms: usize,
}

impl<'a> Reader<'a> {
    fn of(text: &'a str) -> Result<Self, Problem> {
        let reader = Self { text, at: 0, terms: 0 };
        if text.len() > LONGEST {
            return Err(reader.wrong("it is too long"));
        }
        if text.chars().any(char::is_control) {
            return Err(reader.wrong("it holds control characters"));
        }
        Ok(reader)
    }

    fn wrong(&self, what: &str) -> Problem {
        let at = self.text[..self.at.min(self.text.len())].chars().count();
        Problem::new(INVALID_FILTER).detail(format!("The filter cannot be read at character {}: {what}.", at + 1))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    /// Take this sign, if it comes next.
    fn take(&mut self, sign: &str) -> bool {
        let is_next = self.rest().starts_with(sign);
        self.at += if is_next { sign.len() } else { 0 };
        is_next
    }

    /// Take this word in any case, if it comes next and ends there.
    fn take_word(&mut self, word: &str) -> bool {
        let before = self.at;
        self.blanks();
        let rest = self.rest();
        let fits = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        if fits && !rest[word.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || "_-.:$".contains(c)) {
            self.at += word.len();
            return true;
        }
        self.at = before;
        false
    }

    fn end(&mut self) -> Result<(), Problem> {
        self.blanks();
        if self.rest().is_empty() { Ok(()) } else { Err(self.wrong("something follows that does not belong to it")) }
    }

    fn any(&mut self, depth: usize) -> Result<Filter, Problem> {
        let mut filter = self.all(depth)?;
        while self.take_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all(depth)?));
        }
        Ok(filter)
    }

    fn all(&mut self, depth: usize) -> Result<Filter, Problem> {
        let mut filter = self.one(depth)?;
        while self.take_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one(depth)?));
        }
        Ok(filter)
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Problem> {
        self.terms += 1;
        if depth > DEEPEST || self.terms > WIDEST {
            return Err(self.wrong("it is too deep or has too many comparisons"));
        }
        let not = self.take_word("not");
        self.blanks();
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            self.blanks();
            if !self.take(")") {
                return Err(self.wrong("a `)` is missing"));
            }
            return Ok(if not { Filter::Not(Box::new(inner)) } else { inner });
        }
        if not { Err(self.wrong("`not` is followed by `(`")) } else { self.comparison(depth) }
    }

    fn comparison(&mut self, depth: usize) -> Result<Filter, Problem> {
        let mut name = self.name()?;
        if self.take("[") {
            let inner = self.bracket(depth + 1)?;
            // `emails[type eq "work"].value eq "…"` is a path rather than a filter, and yet what directories ask for.
            if !self.take(".") {
                return Ok(Filter::Some(name, Box::new(inner)));
            }
            let part = Name { uri: None, attribute: self.word()?.to_owned(), part: None };
            let compared = self.operation(part)?;
            return Ok(Filter::Some(name, Box::new(Filter::And(Box::new(inner), Box::new(compared)))));
        }
        if name.attribute.is_empty() {
            name.attribute = name.uri.take().unwrap_or_default();
        }
        self.operation(name)
    }

    fn bracket(&mut self, depth: usize) -> Result<Filter, Problem> {
        let inner = self.any(depth)?;
        self.blanks();
        if self.take("]") { Ok(inner) } else { Err(self.wrong("a `]` is missing")) }
    }

    fn operation(&mut self, name: Name) -> Result<Filter, Problem> {
        use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
        if self.take_word("pr") {
            return Ok(Filter::Present(name));
        }
        let all = [("eq", Eq), ("ne", Ne), ("co", Co), ("sw", Sw), ("ew", Ew), ("gt", Gt), ("ge", Ge), ("lt", Lt), ("le", Le)];
        let operator = all.into_iter().find(|(word, _)| self.take_word(word)).map(|(_, operator)| operator);
        let operator = operator.ok_or_else(|| self.wrong("an operator is missing: eq, ne, co, sw, ew, gt, ge, lt, le or pr"))?;
        Ok(Filter::Compare(name, operator, self.value()?))
    }

    fn value(&mut self) -> Result<Value, Problem> {
        self.blanks();
        // Some directories write True and False.
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.take_word(word) {
                return Ok(value);
            }
        }
        let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<Value>();
        match values.next() {
            Some(Ok(value @ (Value::String(_) | Value::Number(_)))) => {
                let used = values.byte_offset();
                if value.as_str().is_some_and(|text| text.chars().any(char::is_control)) {
                    return Err(self.wrong("a text holds control characters"));
                }
                self.at += used;
                Ok(value)
            }
            _ => Err(self.wrong("a value is missing: a text in double quotes, a number, true, false or null")),
        }
    }

    fn word(&mut self) -> Result<&'a str, Problem> {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'))).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.wrong("an attribute's name is missing"));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    /// `userName`, `name.givenName`, or either after a schema's URI and a colon.
    fn name(&mut self) -> Result<Name, Problem> {
        self.blanks();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-$.:".contains(c))).unwrap_or(rest.len());
        let whole = &rest[..end];
        let Some(cut) = whole.rfind(':') else {
            let attribute = self.word()?.to_owned();
            let part = if self.take(".") { Some(self.word()?.to_owned()) } else { None };
            return Ok(Name { uri: None, attribute, part });
        };
        // Of `urn:…:2.0:User` it cannot be seen whether `User` is an attribute: whoever knows the schemas decides.
        let (uri, last) = (&whole[..cut], &whole[cut + 1..]);
        self.at += cut + 1;
        if last.is_empty() {
            return Err(self.wrong("an attribute's name is missing"));
        }
        let attribute = self.word()?.to_owned();
        let part = if self.take(".") { Some(self.word()?.to_owned()) } else { None };
        let full = format!("{uri}:{attribute}");
        if part.is_none() && is_schema(&full) {
            return Ok(Name { uri: Some(full), attribute: String::new(), part: None });
        }
        Ok(Name { uri: Some(uri.to_owned()), attribute, part })
    }
}

fn is_schema(uri: &str) -> bool {
    crate::schema::USERS.has_schema(uri) || crate::schema::GROUPS.has_schema(uri)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn name(attribute: &str, part: Option<&str>) -> Name {
        Name { uri: None, attribute: attribute.into(), part: part.map(str::to_owned) }
    }

    #[test]
    fn and_binds_closer_than_or_and_not_takes_brackets() {
        let filter = parse(r#"a eq 1 or b pr and not (c co "x")"#).unwrap();
        let Filter::Or(left, right) = filter else { panic!("{filter:?}") };
        assert_eq!(*left, Filter::Compare(name("a", None), Operator::Eq, json!(1)));
        assert!(matches!(*right, Filter::And(_, not) if matches!(*not, Filter::Not(_))));
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        for text in [
            r#"userName eq "bjensen""#,
            r#"name.familyName co "O'Malley""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
            "title pr",
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
            r#"title pr and userType eq "Employee""#,
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            r#"USERNAME EQ "x" AND active eq True"#,
            r#"emails[type eq "work"].value eq "x@example.com""#,
            r#"userName eq "quote \" and \u00e9""#,
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn paths_are_read() {
        let path = parse_path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value").unwrap();
        assert_eq!(path.name.uri.as_deref(), Some(crate::schema::ENTERPRISE));
        assert_eq!((path.name.attribute.as_str(), path.name.part.as_deref()), ("manager", Some("value")));
        let bare = parse_path(crate::schema::ENTERPRISE).unwrap();
        assert_eq!((bare.name.uri.as_deref(), bare.name.attribute.as_str()), (Some(crate::schema::ENTERPRISE), ""));
        let part = parse_path(r#"emails[type eq "work"].value"#).unwrap();
        assert!(part.filter.is_some() && part.name.part.as_deref() == Some("value"));
        assert!(parse_path("emails[").is_err() && parse_path("a b").is_err() && parse_path("").is_err());
    }

    #[test]
    fn what_is_hostile_is_refused_and_never_overflows() {
        let deep = format!("{}a pr{}", "(".repeat(2_000), ")".repeat(2_000));
        let wide = vec!["a pr"; 500].join(" or ");
        let nots = format!("{}a pr{}", "not (".repeat(600), ")".repeat(600));
        let brackets = format!("{}a pr{}", "a[".repeat(1_000), "]".repeat(1_000));
        for text in [
            deep.as_str(),
            &wide,
            &nots,
            &brackets,
            "",
            " ",
            "a",
            "a eq",
            "a eq b",
            "a xx 1",
            "a eq {\"b\":1}",
            "a eq [1]",
            "(a pr",
            "a pr)",
            "a[b pr",
            "not a pr",
            "a pr and",
            "a eq \"x",
            "a eq \"\\u0000\"",
            "\u{0}",
            "é pr",
            "a eq 1 2",
            "urn:: pr",
            ":: pr",
            "a. pr",
            ".a pr",
            "a..b pr",
            "'; DROP TABLE people; --",
            "userName eq \"x\" ; select 1",
            &"x".repeat(5_000),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
