//! Partners' people, and what they ask for.

use crate::customers::{mixed, write_deal};
use crate::http::{Head, find};
use crate::load::{CONNECTIONS, Caller};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A partner's person.
#[derive(Clone)]
pub struct Person {
    pub number: usize,
    pub token: Arc<str>,
    /// The first account of the person's vendor, and how many it has.
    pub accounts: (usize, usize),
    pub close: Arc<str>,
}

/// Registers one new deal after another.
pub struct Registering {
    pub person: Person,
    pub next: usize,
    pub ids: Vec<String>,
    pub answers: BTreeMap<String, usize>,
    deal: String,
}

impl Registering {
    /// From the person's deal number `next` on.
    pub fn new(person: Person, next: usize) -> Self {
        Self { person, next, ids: Vec::new(), answers: BTreeMap::new(), deal: String::new() }
    }

    fn write(&mut self, path: &str, request: &mut Vec<u8>) {
        let number = self.next * CONNECTIONS + self.person.number;
        self.next += 1;
        write_deal(&mut self.deal, number, self.person.accounts.0, self.person.accounts.1, &self.person.close);
        let key = format!("deal-{number}");
        Head { method: "POST", path, token: &self.person.token, content_type: "application/json", key: Some(&key) }
            .write(request, self.deal.as_bytes());
    }
}

impl Caller for Registering {
    fn ask(&mut self, request: &mut Vec<u8>) {
        self.write("/v1/deals", request);
    }

    fn hear(&mut self, _: u16, body: &[u8]) {
        if let Some(id) = member(body, b"\"id\":\"") {
            self.ids.push(id);
        }
        *self.answers.entry(member(body, b"\"status\":\"").unwrap_or_else(|| "refused".into())).or_default() += 1;
    }
}

/// The text behind `name`.
fn member(body: &[u8], name: &[u8]) -> Option<String> {
    let rest = &body[find(body, name)? + name.len()..];
    let end = rest.iter().position(|byte| *byte == b'"')?;
    String::from_utf8(rest[..end].to_vec()).ok()
}

/// Asks what would be answered.
pub struct Checking(pub Registering);

impl Caller for Checking {
    fn ask(&mut self, request: &mut Vec<u8>) {
        self.0.write("/v1/deals/check", request);
    }
}

/// Reads one after another of these paths.
pub struct Reading {
    pub token: Arc<str>,
    pub paths: Vec<String>,
    pub next: usize,
}

impl Caller for Reading {
    fn ask(&mut self, request: &mut Vec<u8>) {
        self.next += 1;
        let path = &self.paths[mixed(self.next) % self.paths.len()];
        Head { method: "GET", path, token: &self.token, content_type: "", key: None }.write(request, b"");
    }
}
