//! How often one may call: per vendor and per credential; per address for those whom no credential lets in.
//!
//! Counted by GCRA in this process's memory: several instances allow as many times as much together, and a limiter that was
//! not used for long may be forgotten when there are very many. The headers are those of draft-ietf-httpapi-ratelimit-headers-10.

use crate::edge;
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use kernel::actor::Caller;
use kernel::clock::Clock;
use kernel::{Actor, App, Problem};
use quick_cache::sync::Cache;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What the operator decides, in requests a minute; 0 is no limit. The server provides it; without it nothing is limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// Of one vendor, unless it has a limit of its own.
    pub vendor: u32,
    /// Of one API key or one person.
    pub credential: u32,
    /// Of one client address, of requests that are refused for want of a good credential.
    pub failures: u32,
}

/// The name of this problem where RFC 9457's registry keeps it.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";
/// Vendors and credentials whose count is kept.
const CALLERS: usize = 50_000;
/// Addresses whose count is kept. Apart from callers: strangers must not push those out.
const STRANGERS: usize = 50_000;
/// Seconds of a quota's window.
const WINDOW: u32 = 60;
/// Seconds' worth of a vendor's quota that may come at once: the other vendors have to wait for it. So it is of strangers.
const BURST: u32 = 1;
/// Seconds' worth of one caller's quota that may come at once: it may be in a hurry for a while.
const CALLERS_BURST: u32 = 10;
/// As many may come at once of any quota, if it has them. They are served at once; what a vendor sends beyond them, at its quota's pace.
const FEWEST: u32 = 10;

/// The time of the application, as the limiters take it.
#[derive(Clone)]
struct Time(Clock);

impl governor::clock::Clock for Time {
    type Instant = Duration;
    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().timestamp_micros()).unwrap_or_default())
    }
}

struct Limiter {
    rate: u32,
    time: Time,
    cells: RateLimiter<NotKeyed, InMemoryState, Time, StateInformationMiddleware>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Vendor(Uuid),
    Credential(&'static str, Uuid),
}

struct Limiters {
    callers: Cache<Who, Arc<Limiter>>,
    strangers: Cache<IpAddr, Arc<Limiter>>,
    senders: Cache<(Uuid, IpAddr), Arc<Limiter>>,
}

impl Default for Limiters {
    fn default() -> Self {
        Self { callers: Cache::new(CALLERS), strangers: Cache::new(STRANGERS), senders: Cache::new(STRANGERS) }
    }
}

/// One policy, and where the caller stands with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// `vendor`, `key`, `person` or `failures`.
    pub policy: &'static str,
    /// Requests a minute.
    pub rate: u32,
    /// Requests that may follow now.
    pub remaining: u32,
    /// Seconds until no more than the usual are missing, or, if none remains, until one more may follow.
    pub seconds: u32,
    /// How long this request should wait for its turn by the quota's pace, so that a burst is spread out.
    pub pace: Duration,
}

/// Where a caller stands with every policy that it is under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted(Vec<Standing>);

impl Counted {
    /// The value of `RateLimit-Policy`.
    pub fn policy(&self) -> String {
        self.list(|Standing { policy, rate, .. }| format!("\"{policy}\";q={rate};w={WINDOW}"))
    }

    /// The value of `RateLimit`.
    pub fn limit(&self) -> String {
        self.list(|Standing { policy, remaining, seconds, .. }| format!("\"{policy}\";r={remaining};t={seconds}"))
    }

    /// How long to wait before it is carried out: whoever comes in a herd is served in a row, and the other vendors hardly notice.
    pub fn pace(&self) -> Duration {
        self.0.iter().filter(|standing| standing.policy == "vendor").map(|standing| standing.pace).max().unwrap_or_default()
    }

    /// Whether there is any limit.
    pub fn is_limited(&self) -> bool {
        !self.0.is_empty()
    }

    fn list(&self, item: impl Fn(&Standing) -> String) -> String {
        self.0.iter().map(item).collect::<Vec<_>>().join(", ")
    }
}

/// Count one request of `actor`; the problem says that it is one too many.
pub async fn count(app: &App, actor: &Actor) -> Result<(Counted, Option<Problem>), Problem> {
    let settings = app.find_service::<Settings>().map_or_else(Settings::default, |settings| *settings);
    let vendor = actor.scope.vendor();
    let (policy, id) = match &actor.caller {
        Caller::ApiKey(id) => ("key", id.0),
        Caller::Person(id) => ("person", id.0),
        Caller::Operator | Caller::System(_) | Caller::Automation(_) => return Ok((Counted::default(), None)),
    };
    let of_vendor = edge::of_vendors(app).await?.rate(vendor).unwrap_or(settings.vendor);
    // The narrower first: what one key has too much does not count against its vendor.
    let of_caller = (policy, Who::Credential(policy, id), settings.credential, CALLERS_BURST);
    let policies = [of_caller, ("vendor", Who::Vendor(vendor.0), of_vendor, BURST)];
    let limiters = app.service::<Limiters>();
    let mut counted = Counted::default();
    for (policy, who, rate, burst) in policies {
        let Some(limiter) = limiter(&limiters.callers, who, rate, burst, app.clock()) else { continue };
        let standing = limiter.count(policy);
        counted.0.push(standing.unwrap_or_else(|refused| refused));
        if let Err(refused) = standing {
            return Ok((counted, Some(exceeded(refused))));
        }
    }
    Ok((counted, None))
}

/// Count one request from `address` that no credential let in; the problem says that it is one too many.
pub fn count_failure(app: &App, address: IpAddr) -> Option<Problem> {
    let rate = app.find_service::<Settings>()?.failures;
    let limiters = app.service::<Limiters>();
    let limiter = limiter(&limiters.strangers, network(address), rate, BURST, app.clock())?;
    limiter.count("failures").err().map(exceeded)
}

/// Count one submission of a public form; the problem says that it is one too many. One address may send a sixth of what all may, and three at least.
pub fn count_form(app: &App, form: Uuid, per_minute: u32, address: Option<IpAddr>) -> Option<Problem> {
    let limiters = app.service::<Limiters>();
    let of_one = address.map(network).and_then(|address| limiter(&limiters.senders, (form, address), (per_minute / 6).max(3), BURST, app.clock()));
    // The narrower first: what one address has too much does not count against the others.
    let of_all = limiter(&limiters.callers, Who::Credential("form", form), per_minute, BURST, app.clock());
    of_one.into_iter().chain(of_all).find_map(|limiter| limiter.count("form").err()).map(exceeded)
}

/// Who has one IPv6 address has a network of 64 bits full of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

fn limiter<K: Hash + Eq + Clone>(kept: &Cache<K, Arc<Limiter>>, who: K, rate: u32, burst: u32, clock: &Clock) -> Option<Arc<Limiter>> {
    let per_minute = NonZeroU32::new(rate)?;
    let make = || Arc::new(Limiter::new(per_minute, burst, Time(clock.clone())));
    let found = kept.get_or_insert_with(&who, || Ok::<_, ()>(make())).ok()?;
    if found.rate == rate {
        return Some(found);
    }
    // The limit was changed: it is counted anew.
    let fresh = make();
    kept.insert(who, fresh.clone());
    Some(fresh)
}

fn exceeded(Standing { policy, rate, seconds, .. }: Standing) -> Problem {
    let of = match policy {
        "vendor" => "The vendor's callers",
        "failures" => "Refused requests from this address",
        "form" => "Submissions of this form",
        _ => "This caller's requests",
    };
    Problem::new(crate::error::QUOTA_EXCEEDED)
        .detail(format!("{of} are limited to {rate} a minute; ask again in {seconds} s."))
        .with("type", QUOTA_EXCEEDED)
        .with("violated-policies", [policy])
        .retry_after(seconds)
}

impl Limiter {
    /// So many a minute, of which as many may come at once as in `seconds`.
    fn new(rate: NonZeroU32, seconds: u32, time: Time) -> Self {
        let burst = NonZeroU32::new((rate.get() / WINDOW * seconds).max(FEWEST).min(rate.get())).unwrap_or(rate);
        let cells = RateLimiter::direct_with_clock(Quota::per_minute(rate).allow_burst(burst), time.clone()).with_middleware();
        Self { rate: rate.get(), time, cells }
    }

    fn count(&self, policy: &'static str) -> Result<Standing, Standing> {
        let standing = |remaining, wait: Duration, pace| Standing {
            policy,
            rate: self.rate,
            remaining,
            seconds: wait.as_millis().div_ceil(1_000).clamp(1, 3_600) as u32,
            pace,
        };
        match self.cells.check() {
            Ok(state) => {
                let (remaining, each) = (state.remaining_burst_capacity(), state.quota().replenish_interval());
                let missing = state.quota().burst_size().get().saturating_sub(remaining);
                Ok(standing(remaining, each * missing, each * missing.saturating_sub(FEWEST)))
            }
            Err(until) => Err(standing(0, until.wait_time_from(self.time.now()), Duration::ZERO)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(rate: u32) -> (Limiter, Clock) {
        let clock = Clock::manual("2026-11-20T12:00:00Z".parse().unwrap());
        (Limiter::new(NonZeroU32::new(rate).unwrap(), BURST, Time(clock.clone())), clock)
    }

    #[test]
    fn a_seconds_worth_of_a_quota_may_come_at_once_and_the_rest_evenly() {
        let (limiter, clock) = limiter(6_000);
        for left in (0..100).rev() {
            assert_eq!(limiter.count("key").unwrap().remaining, left);
        }
        let refused = limiter.count("key").unwrap_err();
        assert_eq!((refused.remaining, refused.seconds), (0, 1));
        clock.advance(chrono::Duration::milliseconds(10));
        assert!(limiter.count("key").is_ok() && limiter.count("key").is_err());
        clock.advance(chrono::Duration::milliseconds(300));
        assert_eq!(
            limiter.count("key").unwrap(),
            Standing { policy: "key", rate: 6_000, remaining: 29, seconds: 1, pace: Duration::from_millis(610) }
        );
        clock.advance(chrono::Duration::hours(1));
        assert_eq!(limiter.count("key").unwrap(), Standing { policy: "key", rate: 6_000, remaining: 99, seconds: 1, pace: Duration::ZERO });
    }

    #[test]
    fn a_few_of_what_may_come_at_once_are_served_at_once_and_the_rest_in_a_row() {
        let (limiter, clock) = limiter(12_000);
        let paces = || limiter.count("vendor").unwrap().pace.as_millis();
        assert!((0..10).all(|_| paces() == 0));
        assert_eq!([paces(), paces(), paces()], [5, 10, 15]);
        clock.advance(chrono::Duration::milliseconds(15));
        assert_eq!(paces(), 5, "the last one is served by now");
    }

    #[test]
    fn a_small_quota_may_come_at_once() {
        let (limiter, clock) = limiter(3);
        assert_eq!((0..4).filter(|_| limiter.count("key").is_ok_and(|standing| standing.pace.is_zero())).count(), 3);
        assert_eq!(limiter.count("key").unwrap_err().seconds, 20);
        clock.advance(chrono::Duration::seconds(20));
        assert!(limiter.count("key").is_ok());
    }

    #[test]
    fn the_headers_are_structured_fields() {
        let counted = Counted(vec![
            Standing { policy: "key", rate: 60, remaining: 9, seconds: 1, pace: Duration::ZERO },
            Standing { policy: "vendor", rate: 600, remaining: 0, seconds: 3, pace: Duration::from_millis(90) },
        ]);
        assert_eq!(counted.policy(), r#""key";q=60;w=60, "vendor";q=600;w=60"#);
        assert_eq!(counted.limit(), r#""key";r=9;t=1, "vendor";r=0;t=3"#);
        assert_eq!(counted.pace(), Duration::from_millis(90));
    }

    #[test]
    fn an_ipv6_network_counts_as_one_and_a_mapped_address_as_what_it_is() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!((network("2001:db8:1:2:3::4"), network("2001:db8:1:2::1")), ("2001:db8:1:2::".into(), "2001:db8:1:2::".into()));
        assert_eq!((network("::ffff:192.0.2.1"), network("192.0.2.1")), ("192.0.2.1".into(), "192.0.2.1".into()));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let kept = Cache::new(100);
        let clock = Clock::machine();
        (0..10_000).for_each(|number: u32| drop(super::limiter(&kept, number, 60, BURST, &clock)));
        assert!(kept.len() <= 100, "{}", kept.len());
    }
}
