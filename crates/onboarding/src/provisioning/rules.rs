//! The life of an access grant, and what an answer of the provisioner means: pure.

use super::types::{AccessGrantAction, AccessGrantStatus, ProvisioningAnswer, ProvisioningAnswerStatus};
use crate::asking::Heard;
use crate::asking::rules::{self, Answer, Said};

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

/// What was heard to a request or a revocation.
pub fn read(heard: &Heard, revokes: bool, attempts: i64) -> Said<ProvisioningAnswer> {
    match heard.status.filter(|_| heard.trouble.is_none()) {
        // What it does not know, it does not give.
        Some(200..=299 | 404 | 410) if revokes => Said::Answer(ProvisioningAnswer::default()),
        _ => rules::read(heard, attempts),
    }
}

impl Answer for ProvisioningAnswer {
    fn is_pending(&self) -> bool {
        self.status == ProvisioningAnswerStatus::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_revoked_or_unknown_is_gone() {
        let said = |status| read(&Heard { status: Some(status), body: b"whatever".to_vec(), ..Heard::default() }, true, 1);
        assert!([200, 204, 404, 410].into_iter().all(|status| matches!(said(status), Said::Answer(_))));
        assert!(matches!(said(500), Said::Again(..)) && matches!(said(403), Said::Refused(_)));
    }

    #[test]
    fn what_has_ended_allows_nothing() {
        assert!(legal_actions(AccessGrantStatus::Revoked, true).is_empty() && legal_actions(AccessGrantStatus::Granted, false).is_empty());
        for status in AccessGrantStatus::ALL {
            assert_eq!(AccessGrantStatus::stored(status.wire()), *status);
        }
    }
}
