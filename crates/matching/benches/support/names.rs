//! Made-up company names: name number `n` is always the same.

const FIRST: [&str; 48] = [
    "Al", "An", "Ar", "Bal", "Ber", "Bran", "Cal", "Car", "Cor", "Dal", "Del", "Dor", "El", "Er", "Fal", "Fer", "Gal", "Gor", "Hal", "Har", "Hol",
    "In", "Jan", "Kal", "Kes", "Lan", "Lor", "Mar", "Mel", "Mor", "Nor", "Ol", "Os", "Pal", "Per", "Quin", "Ral", "Ros", "San", "Ser", "Stan", "Tal",
    "Tor", "Ul", "Val", "Ver", "Wil", "Zan",
];
const MIDDLE: [&str; 32] = [
    "a", "e", "i", "o", "ber", "den", "di", "du", "fi", "ga", "gi", "ka", "ki", "la", "le", "li", "lo", "ma", "mi", "mo", "na", "ne", "ni", "no",
    "ra", "ri", "ro", "sa", "ta", "ti", "to", "vi",
];
const LAST: [&str; 40] = [
    "bach", "berg", "bury", "by", "corp", "dale", "den", "der", "dorf", "field", "ford", "gen", "ham", "heim", "hoff", "holm", "ker", "land", "ley",
    "lin", "lund", "man", "mann", "more", "nex", "ny", "quist", "rex", "ridge", "sen", "son", "stein", "stone", "strom", "ton", "tron", "vale",
    "wood", "worth", "zen",
];
const BUSINESS: [&str; 44] = [
    "Technologies",
    "Systems",
    "Solutions",
    "Services",
    "Consulting",
    "Software",
    "Networks",
    "Communications",
    "Media",
    "Security",
    "Electronics",
    "Engineering",
    "Construction",
    "Properties",
    "Development",
    "Manufacturing",
    "Products",
    "Metals",
    "Steel",
    "Mining",
    "Chemicals",
    "Energy",
    "Foods",
    "Hotels",
    "Travel",
    "Pharmaceuticals",
    "Medical",
    "Healthcare",
    "Laboratories",
    "Research",
    "Bank",
    "Capital",
    "Investments",
    "Insurance",
    "Partners",
    "Management",
    "Trading",
    "Logistics",
    "Transport",
    "Shipping",
    "Automotive",
    "Industries",
    "Holdings",
    "Group",
];
const PLACE: [&str; 24] = [
    "Germany",
    "France",
    "(Spain)",
    "Italia",
    "Polska",
    "UK",
    "USA",
    "Canada",
    "Brasil",
    "Mexico",
    "India",
    "Japan",
    "Asia",
    "Europe",
    "International",
    "North America",
    "of Boston",
    "Texas",
    "California",
    "London",
    "Berlin",
    "Nordic",
    "Pacific",
    "Global",
];
const FORM: [&str; 20] = [
    "Inc.",
    "Inc",
    "LLC",
    "Ltd",
    "Limited",
    "Corp.",
    "GmbH",
    "AG",
    "S.A.",
    "SARL",
    "S.r.l.",
    "B.V.",
    "AB",
    "A/S",
    "Oy",
    "Pty Ltd",
    "Co., Ltd.",
    "Sp. z o.o.",
    "GmbH & Co. KG",
    "",
];

/// A small generator of random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }
}

/// Brand, perhaps a second brand word, one or two lines of business, perhaps a place, and a legal form.
pub fn name(number: usize) -> String {
    let random = &mut Random(number as u64 * 7 + 1);
    let mut words = vec![brand(random)];
    if random.below(5) == 0 {
        words.push(format!("& {}", brand(random)));
    }
    words.push(random.pick(&BUSINESS).to_owned());
    if random.below(3) == 0 {
        words.push(random.pick(&BUSINESS).to_owned());
    }
    if random.below(5) == 0 {
        words.push(random.pick(&PLACE).to_owned());
    }
    words.push(random.pick(&FORM).to_owned());
    words.join(" ").trim().to_owned()
}

fn brand(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("{}{}", random.pick(&FIRST), random.pick(&LAST)),
        1 => format!("{}{}{}{}", random.pick(&FIRST), random.pick(&MIDDLE), random.pick(&MIDDLE), random.pick(&LAST)),
        _ => format!("{}{}{}", random.pick(&FIRST), random.pick(&MIDDLE), random.pick(&LAST)),
    }
}

/// The name with what people do to it: another form or none, another case, an abbreviation, a slip or two.
pub fn corrupted(number: usize) -> String {
    let random = &mut Random(number as u64 * 13 + 5);
    let mut name = name(number);
    for form in FORM.iter().filter(|form| !form.is_empty()) {
        if let Some(bare) = name.strip_suffix(&format!(" {form}")) {
            name = bare.to_owned();
            break;
        }
    }
    for (long, short) in [("Technologies", "Tech"), ("Manufacturing", "Mfg"), ("International", "Int'l"), (" & ", " and "), ("Services", "Svcs")] {
        if random.below(2) == 0 {
            name = name.replace(long, short);
        }
    }
    for _ in 0..=random.below(2) {
        name = slip(&name, random);
    }
    if random.below(3) == 0 { name.to_uppercase() } else { name }
}

/// A letter of the first word changed, lost, doubled or swapped with the next.
fn slip(name: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let first = letters.iter().position(|c| *c == ' ').unwrap_or(letters.len());
    if first < 5 {
        return name.to_owned();
    }
    let at = 1 + random.below(first - 2);
    match random.below(4) {
        0 => letters[at] = (b'a' + random.below(26) as u8) as char,
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters[at]),
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}
