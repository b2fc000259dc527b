//! What an answer means, and how long to wait for the next: pure.

use super::Heard;
use chrono::Duration;
use serde::de::DeserializeOwned;
use validator::Validate;

/// The first pause after a failure, in seconds; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: i64 = 30;
/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 3_600;

/// What comes back from those who are asked.
pub trait Answer: DeserializeOwned + Validate {
    /// Whether it promises another one.
    fn is_pending(&self) -> bool;
}

/// What was said to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<A> {
    /// It answered for good.
    Answer(A),
    /// It works on it and calls back.
    Pending,
    /// Ask again, not before this has passed.
    Again(String, Duration),
    /// It refuses.
    Refused(String),
}

/// What was heard, as an answer.
pub fn read<A: Answer>(heard: &Heard, attempts: i64) -> Said<A> {
    match (heard.status, &heard.trouble) {
        (_, Some(trouble)) if trouble.for_good => Said::Refused(trouble.sentence.clone()),
        (_, Some(trouble)) => Said::Again(trouble.sentence.clone(), pause(attempts)),
        (None, None) => Said::Again("It said nothing.".to_owned(), pause(attempts)),
        (Some(status), None) => read_status(status, &heard.body, attempts, heard.retry_after),
    }
}

/// What an HTTP answer means. `asked` is its `Retry-After` in seconds.
pub fn read_status<A: Answer>(status: u16, body: &[u8], attempts: i64, asked: Option<i64>) -> Said<A> {
    let again = |why: String| Said::Again(why, pause(attempts).max(Duration::seconds(asked.unwrap_or_default().clamp(0, 86_400))));
    match status {
        200..=299 if body.is_empty() => Said::Pending,
        200..=299 => answered(body).unwrap_or_else(|why| again(why.to_owned())),
        300..=399 => Said::Refused(format!("It answered with status {status}; redirects are not followed.")),
        408 | 425 | 429 | 500..=599 => again(format!("It answered with status {status}.")),
        _ => Said::Refused(format!("It answered with status {status}.")),
    }
}

fn answered<A: Answer>(body: &[u8]) -> Result<Said<A>, &'static str> {
    let answer: A = serde_json::from_slice(body).map_err(|_| "Its answer could not be read.")?;
    answer.validate().map_err(|_| "Its answer holds what does not fit.")?;
    Ok(if answer.is_pending() { Said::Pending } else { Said::Answer(answer) })
}

/// How long to wait after so many attempts.
pub fn pause(attempts: i64) -> Duration {
    Duration::seconds((PAUSE << attempts.clamp(1, 20).saturating_sub(1)).min(LONGEST_PAUSE))
}

/// Why something is given up at the end of its time.
pub fn too_late(last: Option<&str>) -> String {
    last.map_or_else(|| "It was not answered in time.".to_owned(), |last| format!("It was not answered in time. {last}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::types::ProvisioningAnswer;

    #[test]
    fn an_answer_means_what_it_says() {
        let said = |status, body: &str| read_status::<ProvisioningAnswer>(status, body.as_bytes(), 1, None);
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
    fn pauses_grow_and_end_and_what_was_asked_for_is_kept() {
        let pauses: Vec<_> = [1, 2, 3, 7, 8, 9, 1_000].into_iter().map(|attempts| pause(attempts).num_seconds()).collect();
        assert_eq!(pauses, [30, 60, 120, 1_920, 3_600, 3_600, 3_600]);
        let said = read_status::<ProvisioningAnswer>(503, b"", 1, Some(600));
        assert_eq!(said, Said::Again("It answered with status 503.".into(), Duration::seconds(600)));
    }
}
