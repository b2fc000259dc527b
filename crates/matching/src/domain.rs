//! Internet domains: which part of one identifies its owner.

/// Free-mail providers, lower case, a line each, sorted by bytes. From the disposable and free mail lists
/// published by the community; see `data/README.md`.
const FREE_MAIL: &str = include_str!("../data/freemail.txt");
const DISPOSABLE: &str = include_str!("../data/disposable.txt");

/// The registrable domain (`acme.co.uk`) of a domain, URL or mail address, in ASCII; `None` when there is none.
///
/// ```
/// assert_eq!(matching::registrable_domain("https://www.acme.co.uk/about").as_deref(), Some("acme.co.uk"));
/// assert_eq!(matching::registrable_domain("co.uk"), None);
/// ```
pub fn registrable_domain(text: &str) -> Option<String> {
    if text.len() > 2000 {
        return None;
    }
    let host = host_of(text.trim());
    let ascii = idna::domain_to_ascii(host).ok()?;
    let ascii = ascii.trim_end_matches('.');
    let plain = ascii.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    if !plain || ascii.len() > 253 || ascii.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let domain = psl::domain(ascii.as_bytes())?;
    // An unlisted last label ("localhost", "corp") is not a suffix under which names are sold; those of RFC 2606
    // stand for such a suffix in documents and tests.
    let stands_for_one = matches!(domain.suffix().as_bytes(), b"example" | b"test");
    if !domain.suffix().is_known() && !stands_for_one {
        return None;
    }
    std::str::from_utf8(domain.as_bytes()).ok().map(str::to_owned)
}

/// The host in a URL, mail address or bare domain.
fn host_of(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#']).next().unwrap_or(text);
    let text = text.rsplit('@').next().unwrap_or(text);
    text.split(':').next().unwrap_or(text)
}

/// Whether anyone can have a mailbox there, so that it identifies no company.
pub fn is_free_mail(domain: &str) -> bool {
    contains_line(FREE_MAIL, &domain.to_ascii_lowercase())
}

/// Whether mailboxes there are thrown away after use.
pub fn is_disposable(domain: &str) -> bool {
    contains_line(DISPOSABLE, &domain.to_ascii_lowercase())
}

/// The registrable domain when it identifies a company.
pub(crate) fn identifying_domain(text: &str) -> Option<String> {
    registrable_domain(text).filter(|domain| !is_free_mail(domain) && !is_disposable(domain))
}

/// Whether a sorted text has this line: a binary search in place, so the lists cost no memory.
fn contains_line(lines: &str, wanted: &str) -> bool {
    let bytes = lines.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = (low + high) / 2;
        let start = bytes[low..middle].iter().rposition(|b| *b == b'\n').map_or(low, |at| low + at + 1);
        let end = bytes[start..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| start + at);
        match bytes[start..end].cmp(wanted.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registrable_part_is_found_in_urls_and_addresses() {
        for text in ["acme.co.uk", "WWW.Acme.Co.UK.", "http://shop.acme.co.uk:8080/x?y", "jo@mail.acme.co.uk"] {
            assert_eq!(registrable_domain(text).as_deref(), Some("acme.co.uk"), "{text}");
        }
        assert_eq!(registrable_domain("bücher.de").as_deref(), Some("xn--bcher-kva.de"));
    }

    #[test]
    fn suffixes_addresses_and_nonsense_are_no_domain() {
        for text in ["com", "co.uk", "127.0.0.1", "localhost", "", "a b.com", "::1", "@"] {
            assert_eq!(registrable_domain(text), None, "{text}");
        }
    }

    #[test]
    fn free_and_disposable_mail_identifies_nobody() {
        assert!(is_free_mail("gmail.com") && is_free_mail("GMX.de"));
        assert!(is_disposable("mailinator.com"));
        assert_eq!(identifying_domain("someone@gmail.com"), None);
        assert!(!is_free_mail("acme.com"));
    }

    #[test]
    fn every_line_of_the_lists_is_found_again() {
        for (list, found) in [(FREE_MAIL, is_free_mail as fn(&str) -> bool), (DISPOSABLE, is_disposable)] {
            assert!(list.lines().all(found));
        }
    }
}
