//! How progress moves, and which walkthroughs somebody is shown. Pure.

use super::body::WalkthroughDraft;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// Where somebody stands in a walkthrough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WalkthroughStatus {
    /// Not begun.
    New,
    /// On the way.
    Started,
    /// Put away before the end.
    Dismissed,
    /// Gone through.
    Completed,
}

/// What somebody does in a walkthrough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WalkthroughAction {
    /// See a step.
    See,
    /// Come to the end.
    Complete,
    /// Put it away.
    Dismiss,
    /// Begin anew.
    Restart,
}

impl WalkthroughStatus {
    /// Its name in the database and on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Started => "started",
            Self::Dismissed => "dismissed",
            Self::Completed => "completed",
        }
    }

    /// Whether it is shown no more by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Dismissed | Self::Completed)
    }

    /// What does something now; the rest is done already.
    pub fn actions(self) -> &'static [WalkthroughAction] {
        use WalkthroughAction::{Complete, Dismiss, Restart, See};
        match self {
            Self::New => &[See, Complete, Dismiss],
            Self::Started => &[See, Complete, Dismiss, Restart],
            Self::Dismissed => &[Complete, Restart],
            Self::Completed => &[Restart],
        }
    }
}

impl FromStr for WalkthroughStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::New, Self::Started, Self::Dismissed, Self::Completed].into_iter().find(|status| status.wire() == text).ok_or(())
    }
}

/// How far somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where.
    pub status: WalkthroughStatus,
    /// Steps from the beginning that were seen.
    pub seen: usize,
    /// How often it was begun.
    pub run: i64,
}

impl Standing {
    /// Of whoever has not begun.
    pub const NEW: Self = Self { status: WalkthroughStatus::New, seen: 0, run: 1 };

    /// After an action; `step` is the place of the step that was seen, `steps` how many there are. Nothing but a restart leads back, so whatever
    /// comes twice, late or in another order changes nothing.
    pub fn after(self, action: WalkthroughAction, step: usize, steps: usize) -> Self {
        use WalkthroughStatus::{Completed, Dismissed, New, Started};
        match action {
            WalkthroughAction::See if self.status.is_over() => self,
            WalkthroughAction::See => Self { status: Started, seen: self.seen.max((step + 1).min(steps)), ..self },
            WalkthroughAction::Complete => Self { status: Completed, seen: steps, ..self },
            WalkthroughAction::Dismiss if self.status == Completed => self,
            WalkthroughAction::Dismiss => Self { status: Dismissed, ..self },
            WalkthroughAction::Restart if self.status == New || (self.status == Started && self.seen == 0) => self,
            WalkthroughAction::Restart => Self { status: Started, seen: 0, run: self.run + 1 },
        }
    }
}

/// An earlier version of a walkthrough that somebody was in.
pub struct Earlier<'a> {
    /// What it said.
    pub body: &'a WalkthroughDraft,
    /// How far they came.
    pub standing: Standing,
}

/// How somebody stands in a version who was in an earlier one; `again` if it or one in between is to be shown again.
pub fn carried(to: &WalkthroughDraft, earlier: Option<&Earlier>, again: bool) -> Standing {
    let Some(earlier) = earlier else { return Standing::NEW };
    if earlier.standing.status.is_over() {
        return if again { Standing::NEW } else { earlier.standing };
    }
    let known = earlier.body.steps.iter().take(earlier.standing.seen).rev().find_map(|step| to.step(&step.key));
    Standing { seen: known.map_or(0, |at| at + 1), ..earlier.standing }
}

#[cfg(test)]
mod unit {
    use super::WalkthroughAction::{Complete, Dismiss, Restart, See};
    use super::WalkthroughStatus::{Completed, Dismissed, Started};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn body(steps: &[&str]) -> WalkthroughDraft {
        let steps: Vec<_> = steps.iter().map(|key| json!({"key": key, "title": {"en": "S"}})).collect();
        serde_json::from_value(json!({"name": "w", "screen": "s", "title": {"en": "W"}, "steps": steps})).unwrap()
    }

    fn is(standing: Standing) -> (WalkthroughStatus, usize, i64) {
        (standing.status, standing.seen, standing.run)
    }

    #[test]
    fn a_step_that_was_seen_stays_seen_and_the_end_stays_the_end() {
        let second = Standing::NEW.after(See, 1, 3);
        assert_eq!((is(second), is(second.after(See, 0, 3))), ((Started, 2, 1), (Started, 2, 1)));
        assert_eq!((is(second.after(Dismiss, 0, 3)), is(second.after(Dismiss, 0, 3).after(See, 2, 3))), ((Dismissed, 2, 1), (Dismissed, 2, 1)));
        let done = second.after(Dismiss, 0, 3).after(Complete, 0, 3);
        assert_eq!((is(done), is(done.after(Dismiss, 0, 3))), ((Completed, 3, 1), (Completed, 3, 1)));
        assert_eq!((is(done.after(Restart, 0, 3)), is(done.after(Restart, 0, 3).after(Restart, 0, 3))), ((Started, 0, 2), (Started, 0, 2)));
        assert_eq!(Standing::NEW.after(Restart, 0, 3), Standing::NEW);
    }

    #[test]
    fn a_later_version_goes_on_behind_the_last_step_that_both_have() {
        let (one, two) = (body(&["a", "b", "c"]), body(&["a", "x", "b", "d"]));
        let of = |seen, status| Earlier { body: &one, standing: Standing { status, seen, run: 1 } };
        assert_eq!(carried(&two, None, false), Standing::NEW);
        for (seen, goes_on) in [(0, 0), (1, 1), (2, 3), (3, 3)] {
            assert_eq!(carried(&two, Some(&of(seen, Started)), false).seen, goes_on);
        }
        assert_eq!(carried(&two, Some(&of(3, Completed)), false).status, Completed);
        assert_eq!(carried(&two, Some(&of(1, Dismissed)), true), Standing::NEW);
    }

    proptest! {
        #[test]
        fn without_a_restart_the_order_of_calls_and_repeats_do_not_matter_to_where_it_ends(
            mut calls in proptest::collection::vec((prop_oneof![Just(See), Just(Complete), Just(Dismiss)], 0_usize..5), 0..12), at in 0_usize..12
        ) {
            let end = |calls: &[(WalkthroughAction, usize)]| calls.iter().fold(Standing::NEW, |now, (action, step)| now.after(*action, *step, 5));
            let before = end(&calls).status;
            let again = calls.clone();
            calls.extend(again);
            let at = at.min(calls.len());
            calls.rotate_left(at);
            prop_assert_eq!(end(&calls).status, before);
        }
    }
}
