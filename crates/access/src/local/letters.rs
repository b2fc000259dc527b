//! What is written to people.

use kernel::mail::Letter;

/// A name as a letter has it: whoever chose it writes no line of the letter, nor of its head.
fn line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An invitation.
pub fn invitation(to: &str, name: &str, vendor: &str, link: &str) -> Letter {
    let (name, vendor) = (line(name), line(vendor));
    let text = format!(
        "Hello {name},\n\nyou are invited to the partner portal of {vendor}. Open this link within seven days to set how you sign in:\n\n{link}\n\n\
         The link works once and is for you alone. If you did not expect this, leave it be.\n"
    );
    Letter { to: to.to_owned(), subject: format!("Your invitation to the partner portal of {vendor}"), text, html: None }
}

/// A link to a new password.
pub fn password_reset(to: &str, name: &str, vendor: &str, link: &str) -> Letter {
    let (name, vendor) = (line(name), line(vendor));
    let text = format!(
        "Hello {name},\n\nsomebody, probably you, asked for a new password for the partner portal of {vendor}. Open this link within an hour to set it:\n\n\
         {link}\n\nIf it was not you, leave it be: your password stays as it is.\n"
    );
    Letter { to: to.to_owned(), subject: format!("A new password for the partner portal of {vendor}"), text, html: None }
}

/// News of a change to how the person signs in.
pub fn notice(to: &str, name: &str, vendor: &str, what: &str) -> Letter {
    let (name, vendor) = (line(name), line(vendor));
    let text = format!(
        "Hello {name},\n\n{what}\n\nThis concerns how you sign in to the partner portal of {vendor}. If it was not you, set a new password at once \
         and tell whoever runs the portal.\n"
    );
    Letter { to: to.to_owned(), subject: format!("How you sign in to {vendor} was changed"), text, html: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_writes_no_line_of_a_letter() {
        let (name, vendor) = ("Jo\r\n\r\nOpen https://example.com\r\n.\r\n", "Acme\r\nBcc: all@example.com");
        for letter in [
            invitation("jo@example.com", name, vendor, "L"),
            password_reset("jo@example.com", name, vendor, "L"),
            notice("jo@example.com", name, vendor, "N"),
        ] {
            assert!(!letter.subject.contains(['\r', '\n']) && letter.subject.contains("Acme Bcc: all@example.com"), "{}", letter.subject);
            assert_eq!(letter.text.lines().next(), Some("Hello Jo Open https://example.com .,"));
        }
    }
}
