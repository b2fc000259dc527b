//! Progress: what keeps a protected deal its partner's. Shapes, events, and when a deal is next looked at. No I/O.

use crate::DealId;
use crate::engagement::Engagement;
use crate::events::contact;
use crate::extension::DealExtensionRequest;
use crate::types::Deal;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use kernel::actor::ActorRef;
use kernel::app::Resource;
use kernel::log::EventKind;
use kernel::personal::Personal;
use kernel::{Event, Subject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

kernel::define_id!(
    /// Something that was done for a deal.
    DealActivityId, "dac");

/// A deal is looked at this often at least, so that rules published later reach it.
const LOOK_AGAIN: Duration = Duration::days(7);

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealActivityKind {
    /// A call.
    Call,
    /// A meeting.
    Meeting,
    /// A demonstration.
    Demo,
    /// A proposal or a quote was handed in.
    Proposal,
    /// A trial or a proof of concept.
    Trial,
    /// Anything else that is a step towards the sale.
    Other,
}

impl DealActivityKind {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Meeting => "meeting",
            Self::Demo => "demo",
            Self::Proposal => "proposal",
            Self::Trial => "trial",
            Self::Other => "other",
        }
    }
}

/// A step to record.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "meeting", "on": "2026-11-19", "note": "Showed the new release to their head of IT."}))]
pub struct DealActivityCreate {
    /// What was done.
    pub kind: DealActivityKind,
    /// On which day, `YYYY-MM-DD`: within the last year, and not in the future.
    pub on: NaiveDate,
    /// What came of it.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// A step that was recorded.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "dac_01jd3k7x2mfq8t9v5w6y0zabcd", "deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "kind": "meeting", "on": "2026-11-19",
    "note": "Showed the new release to their head of IT.", "actor": {"type": "person", "id": "per_01jd3k7x2mfq8t9v5w6y0zabcd"}, "created_at": "2026-11-20T12:00:00Z"}))]
pub struct DealActivity {
    /// Its id.
    pub id: DealActivityId,
    /// The deal.
    pub deal_id: DealId,
    /// What was done: `call`, `meeting`, `demo`, `proposal`, `trial` or `other`.
    pub kind: String,
    /// On which day.
    pub on: NaiveDate,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who recorded it; to a partner, the vendor's side is just `vendor`.
    pub actor: ActorRef,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

impl Resource for DealActivity {}

/// How far a protected deal has come, and until when it has time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"deal_id": "deal_01jd3k7x2mfq8t9v5w6y0zabcd", "progressed_at": "2026-11-19T23:59:59Z", "kind": "meeting",
    "protected_until": "2027-02-18T12:00:00Z", "released_at": "2027-01-03T23:59:59Z"}))]
pub struct DealProgress {
    /// The deal.
    pub deal_id: DealId,
    /// When it last made progress; absent unless it is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progressed_at: Option<DateTime<Utc>>,
    /// By what: `approved`, `stage`, `extension`, or the kind of an activity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Until when it is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_until: Option<DateTime<Utc>>,
    /// When it will be released unless it makes progress; absent if the rules ask for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<DateTime<Utc>>,
}

/// What is known of a deal's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// When it last made some.
    pub progressed_at: DateTime<Utc>,
    /// By what.
    pub kind: String,
    /// When it was last looked at.
    pub looked_at: DateTime<Utc>,
    /// When its partner was last warned.
    pub warned_at: Option<DateTime<Utc>>,
}

/// When a protected deal is to be looked at, and what is due then.
#[derive(Debug, Clone)]
pub struct Looks {
    until: DateTime<Utc>,
    expiring: Vec<DateTime<Utc>>,
    stall: Option<Stall>,
}

#[derive(Debug, Clone)]
struct Stall {
    at: DateTime<Utc>,
    warnings: Vec<DateTime<Utc>>,
    /// Between the last warning and the release lies this at least.
    notice: Option<Duration>,
    warned: Option<DateTime<Utc>>,
}

/// What is due at a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// Its protection has run out.
    pub expired: bool,
    /// It made no progress in time.
    pub released: bool,
    /// Its partner is to hear that protection ends soon.
    pub expiring: bool,
    /// Its partner is to hear that it shows no progress.
    pub stalled: bool,
}

impl Looks {
    /// For a deal that is protected until `until`, warned of on these days before, and last made progress at `since`.
    pub fn of(rules: &Engagement, warning_days: &[i64], until: DateTime<Utc>, since: DateTime<Utc>, warned: Option<DateTime<Utc>>) -> Self {
        let before = |end: DateTime<Utc>, days: &[i64]| days.iter().map(|days| end - Duration::days(*days)).collect::<Vec<_>>();
        let stall = rules.progress.as_ref().map(|progress| {
            let at = since + Duration::days(progress.within_days);
            // A warning that lies before the progress that it would be about says nothing.
            let warnings = before(at, &progress.warn_days).into_iter().filter(|warning| *warning > since).collect();
            let notice = progress.warn_days.iter().min().map(|days| Duration::days((*days).min(progress.within_days)));
            Stall { at, warnings, notice, warned: warned.filter(|warned| *warned >= since) }
        });
        Self { until, expiring: before(until, warning_days), stall }
    }

    /// What is due at `now`, if the last look was at `last`; never (`None`) if there was none.
    pub fn due(&self, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Due {
        let come = |instants: &[DateTime<Utc>]| instants.iter().any(|at| *at <= now && last.is_none_or(|last| *at > last));
        let expired = now >= self.until;
        let Some(stall) = &self.stall else { return Due { expired, expiring: !expired && come(&self.expiring), ..Due::default() } };
        let released = !expired && now >= stall.at && (stall.notice.is_none() || stall.warned.is_some() && now >= stall.release_at());
        let goes_on = !expired && !released;
        let unwarned = now >= stall.at && stall.warned.is_none();
        Due { expired, released, expiring: goes_on && come(&self.expiring), stalled: goes_on && (unwarned || come(&stall.warnings)) }
    }

    /// When to look next, after `now`.
    pub fn next(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let stall = self.stall.iter().flat_map(|stall| stall.warnings.iter().copied().chain([stall.release_at()]));
        let all = self.expiring.iter().copied().chain(stall).filter(|at| *at > now);
        all.chain([self.until, now + LOOK_AGAIN]).min().unwrap_or(self.until)
    }

    /// When it will be released unless it makes progress.
    pub fn release_at(&self) -> Option<DateTime<Utc>> {
        self.stall.as_ref().map(Stall::release_at)
    }
}

impl Stall {
    fn release_at(&self) -> DateTime<Utc> {
        match (self.warned, self.notice) {
            (Some(warned), Some(notice)) => self.at.max(warned + notice),
            _ => self.at,
        }
    }
}

macro_rules! progress_events {
    ($($name:ident = $kind:literal $summary:literal { $($(#[$about:meta])* $field:ident: $shape:ty),* };)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The deal as it now is.
            pub deal: Deal,
            /// The reason, note or answer that came with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub note: Option<String>,
            $($(#[$about])* pub $field: $shape,)*
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("deal", self.deal.id, self.deal.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                contact(&self.deal)
            }
        })+

        /// What is published of progress, extensions and offers.
        pub fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

progress_events! {
    DealProgressed = "deal.progressed" "A step towards the sale was recorded." {
        /// What was done.
        activity: DealActivity
    };
    DealExtensionRequested = "deal.extension_requested" "A partner asked for more time, and a person of the vendor is to answer." {
        /// The request.
        request: DealExtensionRequest
    };
    DealExtensionGranted = "deal.extension_granted" "A request for more time was granted, by rule or by hand." {
        /// The request.
        request: DealExtensionRequest
    };
    DealExtensionDeclined = "deal.extension_declined" "A request for more time was declined, by rule or by hand." {
        /// The request.
        request: DealExtensionRequest
    };
    DealWatched = "deal.watched" "A partner asked to be told when the customer of its deal is free." {};
    DealUnwatched = "deal.unwatched" "A partner no longer waits for the customer of its deal." {};
    DealOffered = "deal.offered" "The customer of a deal is free, and kept for its partner for a while: bring the deal again." {
        /// Until when it is kept.
        offered_until: DateTime<Utc>
    };
    DealOfferLapsed = "deal.offer_lapsed" "The customer of a deal was kept for its partner, which did not bring the deal again in time." {};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::ProgressRules;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(day * 86_400, 0).unwrap()
    }

    fn rules(within_days: i64, warn_days: &[i64]) -> Engagement {
        Engagement { progress: Some(ProgressRules { within_days, warn_days: warn_days.to_vec() }), ..Engagement::default() }
    }

    #[test]
    fn without_progress_rules_a_deal_is_warned_of_and_expires() {
        let looks = Looks::of(&Engagement::default(), &[14, 3], day(90), day(0), None);
        assert_eq!((looks.next(day(75)), looks.next(day(76)), looks.next(day(88))), (day(76), day(83), day(90)));
        assert_eq!(looks.due(Some(day(70)), day(76)), Due { expiring: true, ..Due::default() });
        assert_eq!(looks.due(Some(day(76)), day(77)), Due::default());
        assert!(looks.due(Some(day(89)), day(90)).expired);
    }

    #[test]
    fn no_progress_is_warned_of_and_then_the_deal_is_released() {
        let looks = |warned| Looks::of(&rules(30, &[7, 2]), &[], day(90), day(0), warned);
        assert_eq!(looks(None).due(Some(day(20)), day(23)), Due { stalled: true, ..Due::default() });
        assert_eq!(looks(Some(day(23))).due(Some(day(23)), day(28)), Due { stalled: true, ..Due::default() });
        assert!(looks(Some(day(28))).due(Some(day(28)), day(30)).released);
        assert!(!looks(Some(day(28))).due(Some(day(28)), day(29)).released);
    }

    #[test]
    fn nobody_is_released_who_was_not_warned() {
        let looks = |warned| Looks::of(&rules(30, &[7, 2]), &[], day(190), day(0), warned);
        assert_eq!(looks(None).due(Some(day(99)), day(100)), Due { stalled: true, ..Due::default() }, "the rules came late");
        let warned = looks(Some(day(100)));
        assert_eq!((warned.next(day(100)), warned.due(Some(day(100)), day(101))), (day(102), Due::default()));
        assert!(warned.due(Some(day(101)), day(102)).released);
        assert!(Looks::of(&rules(30, &[]), &[], day(190), day(0), None).due(Some(day(29)), day(30)).released, "unless nobody wants warnings");
    }

    #[test]
    fn a_look_always_lies_ahead_or_is_due() {
        for warned in [None, Some(day(25)), Some(day(40))] {
            for now in 0..90 {
                let looks = Looks::of(&rules(30, &[7, 2]), &[14, 3], day(60), day(0), warned);
                let due = looks.due(Some(day(now)), day(now));
                assert!(looks.next(day(now)) > day(now) || due.expired, "{now} {warned:?}");
            }
        }
    }
}
