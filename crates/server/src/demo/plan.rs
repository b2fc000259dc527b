//! What the partners will register: the same deals in every run, made of the CRM's own accounts and of new customers. Pure.

use super::crm::{ACCOUNTS, COUNTRIES, OWN_SPELLINGS, PRODUCTS};
use super::program::{LARGE, PARTNERS};
use super::spelling::{other_form, respell, without_form};
use crate::serve::Failure;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

/// Customers that the CRM does not know yet, made up: name, country, city, domain.
const NEW_CUSTOMERS: &str = include_str!("customers.csv");

/// How many registrations of each kind.
const LARGE_DEALS: usize = 15;
const PAIRS: usize = 12;
const KNOWN: usize = 60;
const RIVALS: usize = 36;
const AGAIN: usize = 15;

/// What a registration shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    /// A customer that nobody knows.
    New,
    /// An account of the CRM's, spelt otherwise.
    Known,
    /// A subsidiary, named with its parent, as the CRM has it in `subsidiary_of`.
    Subsidiary,
    /// A customer that another partner has registered, spelt otherwise.
    Rival,
    /// A customer that the partner itself has registered.
    Again,
    /// More than the machine may approve.
    Large,
    /// Two partners, one customer, one instant.
    AtOnce,
}

/// A deal that a partner will register.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Registration {
    pub(super) scenario: Scenario,
    /// Which partner, by its place in the list.
    pub(super) partner: usize,
    /// Its place among all that are made; also says which of the partner's sellers registers.
    pub(super) number: usize,
    /// The customer's name as this seller spells it.
    pub(super) name: String,
    /// What the customer is called where it was heard of before.
    pub(super) known_as: Option<String>,
    /// The body of the request.
    pub(super) body: Value,
}

/// Everything that will be registered.
pub(super) struct Plan {
    /// First come those who meet only the CRM, in no particular order.
    pub(super) first: Vec<Registration>,
    /// Then those who meet a partner's deal.
    pub(super) second: Vec<Registration>,
    /// And those who come in twos.
    pub(super) pairs: Vec<[Registration; 2]>,
}

struct Customer {
    name: String,
    country: String,
    city: Option<String>,
    domain: Option<String>,
}

/// Makes registrations one after another.
struct Maker {
    today: NaiveDate,
    products: Vec<(String, i64)>,
    made: usize,
}

impl Plan {
    /// The plan for a run on `today`.
    pub(super) fn new(today: NaiveDate) -> Result<Self, Failure> {
        let mut maker = Maker { today, products: products()?, made: 0 };
        let customers = new_customers()?;
        let (large, rest) = customers.split_at(LARGE_DEALS);
        let (paired, fresh) = rest.split_at(PAIRS);
        let new: Vec<_> = fresh.iter().enumerate().map(|(at, one)| maker.make(Scenario::New, at % PARTNERS.len(), one, &one.name, None)).collect();
        let mut first: Vec<_> =
            large.iter().enumerate().map(|(at, one)| maker.make(Scenario::Large, at % PARTNERS.len(), one, &one.name, None)).collect();
        first.extend(maker.of_the_crm()?);
        let second = maker.of_rivals(fresh, &new);
        first.extend(new);
        let pairs = paired.iter().enumerate().map(|(at, one)| maker.pair(at, one)).collect();
        Ok(Self { first: shuffled(first), second: shuffled(second), pairs })
    }

    /// How many registrations there are.
    pub(super) fn count(&self) -> usize {
        self.first.len() + self.second.len() + 2 * self.pairs.len()
    }
}

impl Maker {
    fn make(&mut self, scenario: Scenario, partner: usize, customer: &Customer, name: &str, known_as: Option<&str>) -> Registration {
        self.made += 1;
        let at = self.made;
        let dearest = self.products.iter().max_by_key(|(_, price)| *price).filter(|_| scenario == Scenario::Large);
        let (product, price) = dearest.unwrap_or(&self.products[at % self.products.len()]);
        let quantity = match scenario {
            Scenario::Large => LARGE / price + 1 + at as i64 % 5,
            _ => 1 + (at as i64 * 7) % 8,
        };
        let kind = ["resale", "resale", "co_sell", "service", "resale", "referral"][at % 6];
        let body = json!({
            "type": kind,
            "customer": {"name": name, "country": customer.country, "domain": customer.domain, "address": customer.city},
            "amount": {"amount": price * quantity * 100, "currency": "USD"},
            "expected_close": self.today.checked_add_days(Days::new(30 + 7 * (at as u64 % 12))),
            "lines": [{"product": product, "quantity": quantity, "unit_price": {"amount": price * 100, "currency": "USD"}}]});
        Registration { scenario, partner, number: at, name: name.to_owned(), known_as: known_as.map(str::to_owned), body }
    }

    /// The CRM's own accounts under other spellings, and its subsidiaries named with their parents.
    fn of_the_crm(&mut self) -> Result<Vec<Registration>, Failure> {
        let mut made = Vec::new();
        let accounts = accounts()?;
        for (at, (account, _)) in accounts.iter().enumerate().take(KNOWN) {
            // A third is written as it is: no two sellers fail alike.
            let name = if at.is_multiple_of(3) { account.name.clone() } else { respell(&account.name, at / 3) };
            made.push(self.make(Scenario::Known, (at * 3) % PARTNERS.len(), account, &name, Some(&account.name)));
        }
        for (at, (account, parent)) in accounts.iter().filter(|(_, parent)| !parent.is_empty()).enumerate() {
            let name = format!("{} ({} Group)", account.name, without_form(parent));
            made.push(self.make(Scenario::Subsidiary, (at * 5 + 1) % PARTNERS.len(), account, &name, Some(&account.name)));
        }
        Ok(made)
    }

    /// Customers of the first round once more, by another partner or by the same.
    fn of_rivals(&mut self, customers: &[Customer], new: &[Registration]) -> Vec<Registration> {
        let mut made = Vec::new();
        for (at, (customer, first)) in customers.iter().zip(new).enumerate().take(RIVALS + AGAIN) {
            let (scenario, partner) =
                if at < RIVALS { (Scenario::Rival, (first.partner + 3) % PARTNERS.len()) } else { (Scenario::Again, first.partner) };
            // Every other rival knows the name only: no domain, no city.
            let seen = Customer {
                name: customer.name.clone(),
                country: customer.country.clone(),
                city: None,
                domain: customer.domain.clone().filter(|_| at.is_multiple_of(2)),
            };
            made.push(self.make(scenario, partner, &seen, &respell(&customer.name, at), Some(&customer.name)));
        }
        made
    }

    /// Two partners after one customer: half of them spell it alike, half do not.
    fn pair(&mut self, at: usize, customer: &Customer) -> [Registration; 2] {
        let other = if at.is_multiple_of(2) { customer.name.clone() } else { other_form(&customer.name) };
        let (one, two) = (at % PARTNERS.len(), (at + 4) % PARTNERS.len());
        [self.make(Scenario::AtOnce, one, customer, &customer.name, None), self.make(Scenario::AtOnce, two, customer, &other, Some(&customer.name))]
    }
}

/// The same disorder in every run.
fn shuffled(mut registrations: Vec<Registration>) -> Vec<Registration> {
    let mut state = 17_u64;
    for at in (1..registrations.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        registrations.swap(at, (state >> 33) as usize % (at + 1));
    }
    registrations
}

fn new_customers() -> Result<Vec<Customer>, Failure> {
    let read = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row?;
        Ok(Customer { name: row[0].into(), country: row[1].into(), city: Some(row[2].into()), domain: Some(row[3].into()) })
    };
    csv::Reader::from_reader(NEW_CUSTOMERS.as_bytes()).records().map(read).collect()
}

/// The CRM's accounts, and of whom each is a subsidiary.
fn accounts() -> Result<Vec<(Customer, String)>, Failure> {
    let code = |country: &str| COUNTRIES.iter().chain(OWN_SPELLINGS).find(|(name, _)| *name == country).map_or("", |(_, code)| code);
    let read = |row: Result<csv::StringRecord, csv::Error>| {
        let row = row?;
        Ok((Customer { name: row[0].into(), country: code(&row[5]).into(), city: None, domain: None }, row[6].to_owned()))
    };
    csv::Reader::from_reader(ACCOUNTS.as_bytes()).records().map(read).collect()
}

/// Products and their prices in whole dollars.
fn products() -> Result<Vec<(String, i64)>, Failure> {
    let read = |row: Result<csv::StringRecord, csv::Error>| row.map_err(Failure::from).and_then(|row| Ok((row[0].to_owned(), row[2].parse()?)));
    csv::Reader::from_reader(PRODUCTS.as_bytes()).records().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_run_registers_the_same_three_hundred_deals() {
        let today = "2026-11-20".parse().unwrap();
        let (plan, again) = (Plan::new(today).unwrap(), Plan::new(today).unwrap());
        assert_eq!(plan.count(), 300);
        assert!(plan.first == again.first && plan.second == again.second && plan.pairs == again.pairs);
        let firsts: HashSet<_> = plan.first.iter().filter(|one| one.scenario == Scenario::New).map(|one| &one.name).collect();
        assert!(plan.second.iter().all(|one| firsts.contains(one.known_as.as_ref().unwrap())));
        assert!(plan.pairs.iter().all(|[one, two]| one.partner != two.partner));
    }

    #[test]
    fn large_deals_are_large_and_no_other_is() {
        let plan = Plan::new("2026-11-20".parse().unwrap()).unwrap();
        let all = plan.first.iter().chain(&plan.second).chain(plan.pairs.iter().flatten());
        assert!(all.clone().all(|one| (one.body["amount"]["amount"].as_i64() > Some(LARGE * 100)) == (one.scenario == Scenario::Large)));
        assert!(all.into_iter().all(|one| one.body["customer"]["country"].as_str().is_some_and(|code| code.len() == 2)));
    }
}
