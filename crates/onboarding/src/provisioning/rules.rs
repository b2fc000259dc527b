//! The life of an access grant, and what an answer of the provisioner means: pure.

use super::types::{AccessGrantAction, AccessGrantStatus, ProvisioningAnswer, ProvisioningAnswerStatus};
use chrono::Duration;
use validator::Validate as _;

/// The first pause after a failure, in seconds; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: i64 = 30;
/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 3_600;

/// What may be done with a grant by hand. A person's is ended where people are.
pub fn legal_actions(status: AccessGrantStatus, is_environment: bool) -> &'static [AccessGrantAction] {
    match status {
        _ if !is_environment => &[],
        AccessGrantStatus::Failed => &[AccessGrantAction::Retry],
        AccessGrantStatus::Requested | AccessGrantStatus::Pending | AccessGrantStatus::Granted | AccessGrantStatus::RevocationFailed => {
            &[AccessGrantAction::Revoke]
        }
        AccessGrantStatus::Revoking | AccessGrantStatus::Revoked => &[],
    }
}

/// What the provisioner said to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It answered for good.
    Answer(ProvisioningAnswer),
    /// It works on it and calls back.
    Pending,
    /// Ask again, not before this has passed.
    Again(String, Duration),
    /// It refuses.
    Refused(String),
}

/// What an HTTP answer to a request or a revocation means. `asked` is its `Retry-After` in seconds.
pub fn read(status: u16, body: &[u8], revokes: bool, attempts: i64, asked: Option<i64>) -> Said {
    let again = |why: String| Said::Again(why, pause(attempts).max(Duration::seconds(asked.unwrap_or_default().clamp(0, 86_400))));
    match status {
        // What it does not know, it does not give.
        404 | 410 if revokes => Said::Answer(ProvisioningAnswer::default()),
        200..=299 if revokes => Said::Answer(ProvisioningAnswer::default()),
        200..=299 if body.is_empty() => Said::Pending,
        200..=299 => answered(body).unwrap_or_else(|why| again(why.to_owned())),
        300..=399 => Said::Refused(format!("It answered with status {status}; redirects are not followed.")),
        408 | 425 | 429 | 500..=599 => again(format!("It answered with status {status}.")),
        _ => Said::Refused(format!("It answered with status {status}.")),
    }
}

fn answered(body: &[u8]) -> Result<Said, &'static str> {
    let answer: ProvisioningAnswer = serde_json::from_slice(body).map_err(|_| "Its answer could not be read.")?;
    answer.validate().map_err(|_| "Its answer holds what does not fit.")?;
    Ok(if answer.status == ProvisioningAnswerStatus::Pending { Said::Pending } else { Said::Answer(answer) })
}

/// How long to wait after so many attempts.
pub fn pause(attempts: i64) -> Duration {
    Duration::seconds((PAUSE << attempts.clamp(1, 20).saturating_sub(1)).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_means_what_it_says() {
        let said = |status, body: &str| read(status, body.as_bytes(), false, 1, None);
        assert!(matches!(said(200, r#"{"status":"granted","url":"https://sandbox.example/a"}"#), Said::Answer(answer) if answer.url.is_some()));
        assert!(matches!(said(200, r#"{"status":"failed","reason":"Full."}"#), Said::Answer(answer) if answer.reason.as_deref() == Some("Full.")));
        assert_eq!((said(202, ""), said(200, r#"{"status":"pending"}"#)), (Said::Pending, Said::Pending));
        assert!(matches!(said(302, ""), Said::Refused(_)) && matches!(said(400, ""), Said::Refused(_)) && matches!(said(404, ""), Said::Refused(_)));
        for (status, body) in
            [(500, ""), (429, ""), (200, "thanks"), (200, r#"{"status":"granted","url":"javascript:alert(1)"}"#), (200, r#"{"status":"what"}"#)]
        {
            assert!(matches!(said(status, body), Said::Again(..)), "{status} {body}");
        }
    }

    #[test]
    fn what_is_revoked_or_unknown_is_gone() {
        let said = |status| read(status, b"whatever", true, 1, None);
        assert!([200, 204, 404, 410].into_iter().all(|status| matches!(said(status), Said::Answer(_))));
        assert!(matches!(said(500), Said::Again(..)) && matches!(said(403), Said::Refused(_)));
    }

    #[test]
    fn pauses_grow_and_end_and_what_was_asked_for_is_kept() {
        let pauses: Vec<_> = [1, 2, 3, 7, 8, 9, 1_000].into_iter().map(|attempts| pause(attempts).num_seconds()).collect();
        assert_eq!(pauses, [30, 60, 120, 1_920, 3_600, 3_600, 3_600]);
        assert_eq!(read(503, b"", false, 1, Some(600)), Said::Again("It answered with status 503.".into(), Duration::seconds(600)));
    }

    #[test]
    fn what_has_ended_allows_nothing() {
        assert!(legal_actions(AccessGrantStatus::Revoked, true).is_empty() && legal_actions(AccessGrantStatus::Granted, false).is_empty());
        for status in AccessGrantStatus::ALL {
            assert_eq!(AccessGrantStatus::stored(status.wire()), *status);
        }
    }
}
