//! Which passwords are taken. Pure.

use super::leaked::is_leaked;
use kernel::Problem;
use kernel::text::fold;
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization as _;

/// The fewest characters beside a second factor.
const SHORTEST: usize = 8;
/// The fewest characters of a password that is all there is (NIST SP 800-63B-4 §3.1.1.2).
const SHORTEST_ALONE: usize = 15;
/// Fewer different characters are a pattern, not a password.
const LEAST_VARIETY: usize = 5;
/// Shorter words of the context are too common to mean anything.
const LEAST_WORD: usize = 4;

/// Whether the password is long enough to stand without a second factor.
pub fn stands_alone(password: &str) -> bool {
    password.nfc().count() >= SHORTEST_ALONE
}

/// Refuse a password that is too short, known, or made of what everybody knows of the person; says whether it
/// [stands alone](stands_alone).
pub fn check(pointer: &str, password: &str, with_second_factor: bool, context: &[&str]) -> Result<bool, Problem> {
    let refuse = |code: &str, detail: String| Err(Problem::invalid(pointer, code, detail));
    let shortest = if with_second_factor { SHORTEST } else { SHORTEST_ALONE };
    let password: String = password.nfc().collect();
    if password.chars().count() < shortest {
        return refuse("too_short", format!("Use at least {shortest} characters; several words do well."));
    }
    if password.chars().collect::<HashSet<_>>().len() < LEAST_VARIETY {
        return refuse("too_simple", "Use more different characters.".into());
    }
    if is_known(&password) {
        return refuse("leaked", "This password is on the lists that attackers use: choose another.".into());
    }
    if beside(&password, context) < SHORTEST {
        return refuse("guessable", "This password says little beside names and addresses that others know: choose another.".into());
    }
    Ok(stands_alone(&password))
}

/// On the list, or nothing but something on the list twice over, or with a tail of digits and signs.
fn is_known(password: &str) -> bool {
    let bare = password.trim_matches(|c: char| !c.is_alphabetic());
    let (first, second) = password.split_at(password.floor_char_boundary(password.len() / 2));
    is_leaked(password) || (bare.chars().count() >= SHORTEST && is_leaked(bare)) || (first == second && is_leaked(first))
}

/// Characters that are left without the words of the context.
fn beside(password: &str, context: &[&str]) -> usize {
    let folded = |text: &str| fold(text).to_lowercase();
    let mut words: Vec<String> = context
        .iter()
        .flat_map(|text| folded(text).split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| word.chars().count() >= LEAST_WORD)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(folded(password), |rest, word| rest.replace(word.as_str(), ""));
    rest.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str, with_second_factor: bool) -> Option<String> {
        let context = ["jo.alvarez@contoso.example", "Jo Alvarez", "Contoso Ltd"];
        check("/password", password, with_second_factor, &context).err().map(|problem| problem.errors[0].code.clone())
    }

    #[test]
    fn length_counts_in_characters_and_depends_on_the_second_factor() {
        assert_eq!(code("kq7Zr-29", true), None);
        assert_eq!(code("kq7Zr-29", false).as_deref(), Some("too_short"));
        assert_eq!(code("kq7Zr-2", true).as_deref(), Some("too_short"));
        assert_eq!(code("vermilion otter", false), None);
        assert_eq!(code("päivä", true).as_deref(), Some("too_short"));
        assert!(stands_alone("vermilion otter") && !stands_alone("kq7Zr-29"));
    }

    #[test]
    fn what_everybody_knows_is_refused() {
        assert_eq!(code("Password1", true).as_deref(), Some("leaked"));
        assert_eq!(code("qwertyuiopqwertyuiop", false).as_deref(), Some("leaked"));
        assert_eq!(code("1234sunshine!!!!", false).as_deref(), Some("leaked"));
        assert_eq!(code("aaaaaaaaaaaaaaaaaaaa", false).as_deref(), Some("too_simple"));
        assert_eq!(code("contoso-alvarez1", false).as_deref(), Some("guessable"));
        assert_eq!(code("contoso vermilion otter", false), None);
    }
}
