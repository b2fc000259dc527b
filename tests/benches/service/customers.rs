//! Made-up accounts and deals: number `n` is always the same.

#[path = "../../../crates/matching/benches/support/names.rs"]
mod names;

use std::fmt::Write as _;

const COUNTRIES: [&str; 8] = ["DE", "FR", "US", "GB", "NL", "PL", "IT", "SE"];
const STREETS: [&str; 6] = ["Main Street", "Station Road", "Market Square", "Mill Lane", "Harbour Way", "Garden Terrace"];
const TYPES: [&str; 4] = ["resale", "referral", "co_sell", "service"];
/// New customers are numbered from here, so that none is an account.
const NEW: usize = 10_000_000;
/// One deal in this many is for a customer whose name resembles an account's.
const RESEMBLING: usize = 10;

/// A mixed-up number, to choose by.
pub fn mixed(number: usize) -> usize {
    let mut mixed = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 8) as usize
}

/// The accounts of vendor `vendor` as the CRM would export them.
pub fn accounts_csv(vendor: usize, count: usize) -> String {
    let mut csv = String::with_capacity(count * 120);
    csv.push_str("external_id,name,domain,country,address,phone\n");
    for number in 0..count {
        let (account, mixed) = (vendor * count + number, mixed(number));
        let (country, street) = (COUNTRIES[mixed % COUNTRIES.len()], STREETS[mixed / 8 % STREETS.len()]);
        let (house, phone) = (mixed / 64 % 300 + 1, mixed % 9_000_000 + 1_000_000);
        let name = names::name(account);
        let _ = writeln!(csv, "A-{number},\"{name}\",{},{country},\"{house} {street}\",+49 30 {phone}", domain(&name, account));
    }
    csv
}

/// A customer's domain: its first word and its number.
fn domain(name: &str, number: usize) -> String {
    let word: String = name.chars().take_while(|c| *c != ' ').filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    format!("{word}{number}.com")
}

/// Write registration `number` against a vendor that has `accounts` accounts from `first` on.
pub fn write_deal(into: &mut String, number: usize, first: usize, accounts: usize, close: &str) {
    into.clear();
    let mixed = mixed(number);
    let name = if number.is_multiple_of(RESEMBLING) { names::corrupted(first + mixed % accounts) } else { names::name(NEW + number) };
    let (kind, country, street) = (TYPES[mixed % 4], COUNTRIES[mixed / 4 % COUNTRIES.len()], STREETS[mixed / 32 % STREETS.len()]);
    let (quantity, price, house) = (mixed % 50 + 1, mixed % 900_000 + 10_000, mixed / 128 % 300 + 1);
    let (domain, amount) = (domain(&name, NEW + number), quantity * price);
    let _ = write!(into, r#"{{"type":"{kind}","customer":{{"name":"{name}","country":"{country}","domain":"{domain}","address":"{house} {street}","#);
    let _ = write!(into, r#""contact":{{"name":"Ada Byron","email":"ada@{domain}"}}}},"amount":{{"amount":{amount},"currency":"EUR"}},"#);
    let _ = write!(into, r#""expected_close":"{close}","lines":[{{"product":"GTX Pro","quantity":{quantity},"#);
    let _ = write!(into, r#""unit_price":{{"amount":{price},"currency":"EUR"}}}}]}}"#);
}
