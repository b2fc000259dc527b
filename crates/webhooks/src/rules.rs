//! Pure decisions: who gets which event, when a failed delivery is tried again, what an id is.

use chrono::{DateTime, Duration, Utc};
use kernel::log;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// Seconds to wait after the first failure, the second, and so on: 21 attempts over almost ten days.
pub const SCHEDULE: [i64; 20] = [
    5,
    30,
    2 * MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
    16 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
];

/// The longest that a receiver's `Retry-After` puts an attempt off.
pub const LONGEST_RETRY_AFTER: Duration = Duration::hours(24);

/// An endpoint to which nothing was delivered for this long is disabled.
pub const GIVE_UP_AFTER: Duration = Duration::days(8);

/// The type of a test event, which only the endpoint that it is about gets.
pub const TEST_EVENT: &str = "webhook.test";

/// How long to wait after the `failures`-th failure of `delivery` in a row; `None` when that was the last attempt.
///
/// Up to 10 % shorter or longer than the schedule, so that deliveries which failed together do not return together.
pub fn pause(delivery: Uuid, failures: i64) -> Option<Duration> {
    let base = *SCHEDULE.get(usize::try_from(failures - 1).ok()?)?;
    let hash = Sha256::new().chain_update(delivery).chain_update(failures.to_be_bytes()).finalize();
    let draw = i64::from(u16::from_be_bytes([hash[0], hash[1]]));
    // base × (0.9 … 1.1), in milliseconds.
    Some(Duration::milliseconds(base * 900 + base * 200 * draw / i64::from(u16::MAX)))
}

/// When `delivery` is tried again after a failure at `now`; a receiver may ask for later, never for sooner.
pub fn next_attempt(delivery: Uuid, failures: i64, now: DateTime<Utc>, retry_after: Option<Duration>) -> Option<DateTime<Utc>> {
    let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    pause(delivery, failures).map(|pause| now + pause.max(asked))
}

/// Read `Retry-After`: seconds or an HTTP date.
pub fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::seconds(seconds.into()));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?.to_utc();
    Some((at - now).max(Duration::zero()))
}

/// Whether `endpoint`, which asked for `types`, gets an event of type `kind` about `subject`.
pub fn takes(endpoint: &str, types: &[String], kind: &str, subject: &str) -> bool {
    if kind == TEST_EVENT { subject == endpoint } else { types.iter().any(|wanted| log::takes(wanted, kind)) }
}

/// Whether `wanted` is `*`, a published type, or `resource.*` of a published one.
pub fn is_known(wanted: &str, published: &[&str]) -> bool {
    wanted == "*"
        || !wanted.ends_with('*') && published.contains(&wanted)
        || wanted.ends_with(".*") && published.iter().any(|kind| log::takes(wanted, kind))
}

/// What may be done with an endpoint in this status, besides reading and changing it.
pub fn actions(status: &str) -> &'static [&'static str] {
    match status {
        "active" => &["disable", "rotate_secret", "replay", "test", "delete"],
        _ => &["enable", "rotate_secret", "replay", "delete"],
    }
}

/// The id of the delivery of `event` to `endpoint`: one for the pair, however often it is sent, in the order of events.
pub fn delivery_id(endpoint: Uuid, event: Uuid) -> Uuid {
    let mut bytes = *event.as_bytes();
    let hash = Sha256::new().chain_update(endpoint).chain_update(event).finalize();
    // The event's time in front keeps deliveries in order; the variant's two bits make it a UUID.
    bytes[8..].copy_from_slice(&hash[..8]);
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_id(seed: u128) -> Uuid {
        Uuid::from_u128(0x0193_4c1e_7000_7000_8000_0000_0000_0000 + seed)
    }

    #[test]
    fn there_are_at_least_16_attempts_over_at_least_8_days() {
        for seed in 0..500 {
            let pauses: Vec<_> = (1..).map_while(|failures| pause(some_id(seed), failures)).collect();
            assert!(pauses.len() + 1 >= 16);
            assert!(pauses.iter().sum::<Duration>() >= Duration::days(8));
        }
    }

    #[test]
    fn a_pause_is_within_a_tenth_of_the_schedule_and_always_the_same() {
        let pauses: Vec<_> = (0..500).map(|seed| pause(some_id(seed), 3).unwrap().num_milliseconds()).collect();
        assert!(pauses.iter().all(|pause| (108_000..=132_000).contains(pause)));
        assert!(pauses.iter().min() < Some(&110_000) && pauses.iter().max() > Some(&130_000));
        assert_eq!(pause(some_id(1), 3), pause(some_id(1), 3));
        assert_eq!(pause(some_id(1), 21), None);
        assert_eq!(pause(some_id(1), 0), None);
    }

    #[test]
    fn retry_after_only_ever_puts_off() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T12:00:00Z").unwrap().to_utc();
        let planned = next_attempt(some_id(1), 1, now, None).unwrap();
        let asked = |text: &str| next_attempt(some_id(1), 1, now, retry_after(text, now)).unwrap();
        assert_eq!(asked("0"), planned);
        assert_eq!(asked("3600"), now + Duration::hours(1));
        assert_eq!(asked("Fri, 20 Nov 2026 13:00:00 GMT"), now + Duration::hours(1));
        assert_eq!(asked("Fri, 20 Nov 2020 13:00:00 GMT"), planned);
        assert_eq!(asked("4000000000"), now + LONGEST_RETRY_AFTER);
        assert_eq!(asked("99999999999999999999"), planned);
        assert_eq!(asked("soon"), planned);
    }

    #[test]
    fn wildcards_take_a_resource_or_everything() {
        let published = ["deal.approved", "deal.won", "partner.created"];
        assert!(["*", "deal.*", "deal.won"].iter().all(|wanted| is_known(wanted, &published)));
        assert!(["", "deal", "deal.", "deal.w*", "deals.*", "**", ".*", "deal.lost"].iter().all(|wanted| !is_known(wanted, &published)));
    }

    #[test]
    fn a_test_event_is_only_for_the_endpoint_it_is_about() {
        let all = ["*".to_owned()];
        assert!(takes("whe_1", &["deal.won".to_owned()], TEST_EVENT, "whe_1"));
        assert!(!takes("whe_2", &all, TEST_EVENT, "whe_1"));
        assert!(takes("whe_2", &all, "deal.won", "deal_1"));
    }

    #[test]
    fn deliveries_of_an_event_differ_by_endpoint_and_sort_by_event() {
        let (early, late) = (some_id(0), Uuid::from_u128(some_id(0).as_u128() + (1 << 80)));
        assert_eq!(delivery_id(some_id(7), early), delivery_id(some_id(7), early));
        assert_ne!(delivery_id(some_id(7), early), delivery_id(some_id(8), early));
        assert!((0..100).all(|seed| delivery_id(some_id(seed), early) < delivery_id(some_id(99 - seed), late)));
        assert_eq!(delivery_id(some_id(7), early).get_version_num(), 7);
    }
}
