//! How a record becomes fields of ours: worked out once per import, then applied to every record. Pure.

use super::records::{self, Next, Record};
use super::types::{AmountUnit, ImportFormat, ImportOptions, ImportResource, OnUnknown, Texts};
use kernel::money::{Currency, parse_decimal};
use kernel::problem::FieldError;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const ACCOUNT: &[&str] =
    &["external_id", "name", "domain", "country", "address", "phone", "tax_id", "parent_external_id", "industry", "custom_fields"];
const OPPORTUNITY: &[&str] = &[
    "external_id",
    "account_external_id",
    "deal_id",
    "name",
    "status",
    "stage",
    "product",
    "amount",
    "currency",
    "owner",
    "opened_on",
    "closes_on",
    "custom_fields",
];
const LEAD: &[&str] = &[
    "external_id",
    "company",
    "country",
    "domain",
    "tax_id",
    "address",
    "contact_name",
    "contact_email",
    "contact_phone",
    "message",
    "region",
    "segment",
    "interests",
    "amount",
    "currency",
    "campaign",
];
/// The most fields that may be mapped, and values that may be translated for each.
const MAX_ENTRIES: usize = 100;
const MAX_VALUES: usize = 2_000;
const MAX_TEXT: usize = 500;
/// Names of the file's own that are repeated in an error.
const SHOWN: usize = 20;

fn fields(resource: ImportResource) -> &'static [&'static str] {
    match resource {
        ImportResource::Accounts => ACCOUNT,
        ImportResource::Opportunities => OPPORTUNITY,
        ImportResource::Leads => LEAD,
    }
}

fn is_field(resource: ImportResource, name: &str) -> bool {
    let custom = resource != ImportResource::Leads && name.strip_prefix("custom_fields.").is_some_and(|custom| !custom.is_empty());
    custom || (name != "custom_fields" && fields(resource).contains(&name))
}

fn pointer(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

/// What is wrong with the options themselves, whatever the file holds.
pub fn check(resource: ImportResource, options: &ImportOptions) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let names = [
        ("mapping", options.mapping.keys().collect::<Vec<_>>()),
        ("constants", options.constants.keys().collect()),
        ("values", options.values.keys().collect()),
        ("on_unknown", options.on_unknown.keys().collect()),
    ];
    for (member, names) in names {
        if names.len() > MAX_ENTRIES {
            errors.push(FieldError::new(pointer(&[member]), "too_many", format!("At most {MAX_ENTRIES} fields.")));
        }
        for name in names.into_iter().take(MAX_ENTRIES).filter(|name| !is_field(resource, name)) {
            let detail = format!("Fields of {} are {}, and custom_fields.NAME.", resource.wire(), fields(resource).join(", "));
            errors.push(FieldError::new(pointer(&[member, name]), "unknown_field", detail));
        }
    }
    for (name, text) in options.mapping.iter().chain(&options.constants) {
        if text.chars().count() > MAX_TEXT {
            errors.push(FieldError::new(pointer(&["mapping", name]), "length", format!("At most {MAX_TEXT} characters.")));
        }
    }
    for (name, values) in &options.values {
        if values.len() > MAX_VALUES || values.iter().any(|(from, to)| from.len().max(to.len()) > 4 * MAX_TEXT) {
            let detail = format!("At most {MAX_VALUES} values, of at most {MAX_TEXT} characters.");
            errors.push(FieldError::new(pointer(&["values", name]), "too_many", detail));
        }
    }
    for name in options.constants.keys().filter(|name| options.mapping.contains_key(*name) || *name == "external_id") {
        errors.push(FieldError::new(pointer(&["constants", name]), "twice", "This field comes from the file."));
    }
    let given = |name: &str| options.mapping.contains_key(name) || options.constants.contains_key(name);
    if !options.mapping.is_empty() && !options.mapping.contains_key("external_id") {
        errors.push(FieldError::new("/mapping/external_id", "required", "Say which column holds the id that your CRM knows a row by."));
    }
    if given("amount") && !given("currency") && options.currency.is_none() {
        errors.push(FieldError::new("/currency", "required", "Amounts need a currency: name one, or map a column to it."));
    }
    errors
}

/// Where a file begins: after its byte-order mark and header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Bytes before the first row.
    pub offset: usize,
    /// The line of the first row.
    pub line: i64,
    /// The names of the columns, if the format has a header.
    pub header: Option<Vec<String>>,
}

/// Look at the beginning of a file: is it text, does it have the columns that the mapping names?
pub fn open(resource: ImportResource, format: ImportFormat, options: &ImportOptions, content: &[u8]) -> Result<Start, Vec<FieldError>> {
    let refuse = |code: &str, detail: &str| Err(vec![FieldError::new("/content", code, detail)]);
    if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
        return refuse("encoding", "The file is UTF-16; save it as UTF-8.");
    }
    let mark = if content.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let body = &content[mark..];
    if body.trim_ascii().is_empty() {
        return refuse("empty", "The file is empty.");
    }
    if format == ImportFormat::Ndjson {
        Plan::new(resource, options, None)?;
        return Ok(Start { offset: mark, line: 1, header: None });
    }
    let mut at = 0;
    let header = loop {
        match records::next(&body[at..], true, format, options) {
            Next::Record(Ok(Record::Blank), length) => at += length,
            Next::Record(Ok(Record::Cells(cells)), length) => {
                at += length;
                break cells.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
            }
            Next::Record(Err(error), _) | Next::Endless(error) => {
                return refuse(&error.code, &format!("The header cannot be read. {}", error.detail));
            }
            _ => return refuse("empty", "The file has no header."),
        }
    };
    Plan::new(resource, options, Some(&header))?;
    Ok(Start { offset: mark + at, line: 1 + records::lines(&body[..at]), header: Some(header) })
}

/// Where a field's value comes from.
#[derive(Debug)]
enum Source {
    Column(usize),
    Member(String),
    Constant(String),
}

/// One field of ours and how it is filled.
#[derive(Debug)]
struct Filled {
    name: String,
    source: Source,
    values: Option<Texts>,
    /// What `values` leads to: such a value is known, too.
    known: HashSet<String>,
    unknown: OnUnknown,
}

/// How a record becomes fields.
#[derive(Debug)]
pub struct Plan {
    filled: Vec<Filled>,
    /// JSON members are named like our fields and taken as they are.
    by_name: bool,
    columns: Option<usize>,
    currency: Option<Currency>,
    unit: AmountUnit,
}

/// Fields of ours, ready to be merged into a row, and the row's own id.
pub type Fields = (String, Map<String, Value>);

impl Plan {
    /// Work it out; `header` is the file's, if its format has one.
    pub fn new(resource: ImportResource, options: &ImportOptions, header: Option<&[String]>) -> Result<Self, Vec<FieldError>> {
        let mut sources = Vec::new();
        let mut errors = Vec::new();
        for (name, column) in &options.mapping {
            match header.map(|header| find(header, column)) {
                None => sources.push((name.clone(), Source::Member(column.clone()))),
                Some(Ok(at)) => sources.push((name.clone(), Source::Column(at))),
                Some(Err((code, detail))) => errors.push(FieldError::new(pointer(&["mapping", name]), code, detail)),
            }
        }
        if options.mapping.is_empty() {
            match header {
                Some(header) => by_header(resource, header, &mut sources, &mut errors),
                None => sources.extend(fields(resource).iter().map(|name| ((*name).to_owned(), Source::Member((*name).to_owned())))),
            }
        }
        sources.retain(|(name, _)| !options.constants.contains_key(name));
        sources.extend(options.constants.iter().map(|(name, text)| (name.clone(), Source::Constant(text.clone()))));
        if !errors.is_empty() {
            return Err(errors);
        }
        let fill = |(name, source): (String, Source)| {
            let values = options.values.get(&name).cloned();
            let known = values.iter().flat_map(|values| values.values().cloned()).collect();
            Filled { unknown: options.on_unknown.get(&name).copied().unwrap_or(OnUnknown::Keep), name, source, values, known }
        };
        Ok(Self {
            filled: sources.into_iter().map(fill).collect(),
            by_name: options.mapping.is_empty() && header.is_none(),
            columns: header.map(<[String]>::len),
            currency: options.currency,
            unit: options.amount_unit,
        })
    }

    /// The fields that a record sets, or all that is wrong with it.
    pub fn read(&self, record: &Record) -> Result<Fields, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut set = self.leftover(record)?;
        for field in &self.filled {
            // A JSON member that is left out leaves the field as it is.
            let Some(value) = field.value(record) else { continue };
            match field.translate(value) {
                Ok(value) => put(&mut set, &field.name, value),
                Err(error) => errors.push(error),
            }
        }
        let currency = set.remove("currency");
        if let Some(amount) = set.get_mut("amount") {
            match self.money(amount, currency) {
                Ok(money) => *amount = money,
                Err(error) => errors.push(error),
            }
        }
        let external_id = match set.remove("external_id") {
            Some(Value::String(text)) => text,
            Some(Value::Null) | None => {
                errors.push(FieldError::new("/external_id", "required", "Every row needs the id that your CRM knows it by."));
                String::new()
            }
            Some(_) => {
                errors.push(FieldError::new("/external_id", "invalid_value", "Expected a text."));
                String::new()
            }
        };
        if errors.is_empty() { Ok((external_id, set)) } else { Err(errors) }
    }

    /// Members that no field takes, so that they are refused as unknown; and whether a CSV row fits its header.
    fn leftover(&self, record: &Record) -> Result<Map<String, Value>, Vec<FieldError>> {
        match (record, self.columns) {
            (Record::Cells(cells), Some(columns)) if cells.len() != columns => {
                let detail = format!("The row has {} columns, the header {columns}.", cells.len());
                Err(vec![FieldError::new("", "columns", detail)])
            }
            (Record::Members(members), _) if self.by_name => {
                let taken = |name: &String| self.filled.iter().any(|field| matches!(&field.source, Source::Member(member) if member == name));
                let left = members.iter().filter(|(name, _)| !taken(name)).map(|(name, value)| (name.clone(), value.clone()));
                Ok(left.collect())
            }
            _ => Ok(Map::new()),
        }
    }

    fn money(&self, amount: &Value, currency: Option<Value>) -> Result<Value, FieldError> {
        let text = match amount {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => return Ok(other.clone()),
        };
        let currency = match currency {
            Some(Value::String(code)) => Some(code.parse().map_err(|cause| FieldError::new("/currency", "currency", format!("{cause}.")))?),
            _ => self.currency,
        };
        let currency = currency.ok_or_else(|| FieldError::new("/currency", "required", "The amount has no currency."))?;
        let minor = match self.unit {
            AmountUnit::Major => parse_decimal(&text, currency),
            AmountUnit::Minor => text.trim().parse().map_err(|_| format!("`{text}` is not a whole number of minor units")),
        };
        let minor = minor.map_err(|cause| FieldError::new("/amount", "amount", format!("{cause}.")))?;
        Ok(json!({ "amount": minor, "currency": currency.code() }))
    }
}

/// The one column of this name.
fn find(header: &[String], column: &str) -> Result<usize, (&'static str, String)> {
    let mut found = header.iter().enumerate().filter(|(_, name)| name.as_str() == column.trim()).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => Err(("duplicate_column", format!("The file has several columns `{column}`."))),
        (None, _) => {
            let names: Vec<_> = header.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
            Err(("missing_column", format!("The file has no column `{column}`. Its columns are {}.", names.join(", "))))
        }
    }
}

/// Columns named like our fields; any other name is an error, so that no column is lost by a slip of the pen.
fn by_header(resource: ImportResource, header: &[String], sources: &mut Vec<(String, Source)>, errors: &mut Vec<FieldError>) {
    for name in header.iter().collect::<std::collections::BTreeSet<_>>() {
        match find(header, name) {
            Ok(at) if is_field(resource, name) => sources.push((name.clone(), Source::Column(at))),
            Ok(_) => {
                let detail = format!("`{name}` is not a field of {}; without a mapping, every column is named like a field.", resource.wire());
                errors.push(FieldError::new(pointer(&["mapping", name]), "unknown_column", detail));
            }
            Err((code, detail)) => errors.push(FieldError::new(pointer(&["mapping", name]), code, detail)),
        }
    }
    errors.truncate(SHOWN);
    if errors.is_empty() && !header.iter().any(|name| name == "external_id") {
        errors.push(FieldError::new("/mapping/external_id", "missing_column", "The file has no column `external_id`."));
    }
}

impl Filled {
    /// The value as the record has it; an empty cell is a null.
    fn value(&self, record: &Record) -> Option<Value> {
        let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        match (&self.source, record) {
            (Source::Column(at), Record::Cells(cells)) => cells.get(*at).map(|cell| text(kernel::text::from_spreadsheet(cell).trim())),
            (Source::Member(name), Record::Members(members)) => members.get(name).cloned(),
            (Source::Constant(constant), _) => Some(text(constant.trim())),
            _ => None,
        }
    }

    /// The value as we have it.
    fn translate(&self, value: Value) -> Result<Value, FieldError> {
        // A CRM's numeric id is text to us; a custom field keeps its type.
        let value = match value {
            Value::Number(number) if !self.name.starts_with("custom_fields") && self.name != "amount" => Value::String(number.to_string()),
            other => other,
        };
        let Some(values) = &self.values else { return Ok(value) };
        let text = match &value {
            Value::Null => "",
            Value::String(text) => text,
            _ => return Ok(value),
        };
        match values.get(text) {
            Some(known) if known.is_empty() => Ok(Value::Null),
            Some(known) => Ok(known.as_str().into()),
            None if text.is_empty() || self.unknown == OnUnknown::Keep || self.known.contains(text) => Ok(value),
            None => {
                let shown: String = text.chars().take(100).collect();
                let detail = format!("`{shown}` is not among the values of {} that this import knows.", self.name);
                Err(FieldError::new(pointer(&[&self.name]), "unknown_value", detail))
            }
        }
    }
}

/// Set a field, or a custom field within `custom_fields`.
fn put(set: &mut Map<String, Value>, name: &str, value: Value) {
    match name.strip_prefix("custom_fields.") {
        None => _ = set.insert(name.to_owned(), value),
        Some(custom) => {
            let fields = set.entry("custom_fields").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(fields) = fields {
                fields.insert(custom.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
