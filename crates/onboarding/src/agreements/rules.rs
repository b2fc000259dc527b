//! Where an agreement stands, and what may be done with it. Pure.

use crate::error;
use kernel::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Declares an enum with its names on the wire and in the database.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$says:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$says])* $variant,)+ }

        impl $name {
            /// Its name on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($wire => Ok(Self::$variant),)+ _ => Err(()) }
            }
        }
    };
}

pub(super) use words;

words! {
    /// Where an agreement stands. More statuses may come.
    AgreementStatus {
        /// Made, and shown to nobody outside.
        Draft = "draft",
        /// Nobody has signed yet.
        Sent = "sent",
        /// Some have signed, others are to.
        PartlySigned = "partly_signed",
        /// Everybody has signed.
        Signed = "signed",
        /// A signer does not want to.
        Declined = "declined",
        /// Not everybody signed in time.
        Expired = "expired",
        /// The vendor took it back.
        Voided = "voided",
        /// It was signed, and so was a later version since.
        Superseded = "superseded",
    }
}

words! {
    /// Where a signer stands.
    AgreementSignerStatus {
        /// Others sign first, or the agreement is not sent.
        Waiting = "waiting",
        /// It is their turn.
        Due = "due",
        /// Has signed.
        Signed = "signed",
        /// Does not want to.
        Declined = "declined",
    }
}

words! {
    /// For whom somebody signs.
    AgreementSide {
        /// The partner.
        Partner = "partner",
        /// The vendor.
        Vendor = "vendor",
    }
}

words! {
    /// What may be done with an agreement.
    AgreementAction {
        /// Send it to its first signer.
        Send = "send",
        /// Remind whose turn it is.
        Remind = "remind",
        /// Sign it.
        Sign = "sign",
        /// Say that one does not sign.
        Decline = "decline",
        /// Take it back.
        Void = "void",
    }
}

impl AgreementStatus {
    /// Whether signatures are awaited.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Sent | Self::PartlySigned)
    }

    /// Whether everybody has signed it.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::Signed | Self::Superseded)
    }

    /// What its status allows.
    pub fn legal_actions(self) -> &'static [AgreementAction] {
        use AgreementAction::*;
        match self {
            Self::Draft => &[Send, Void],
            Self::Sent | Self::PartlySigned => &[Remind, Sign, Decline, Void],
            _ => &[],
        }
    }
}

/// 409 unless the status allows `action`.
pub fn require(status: AgreementStatus, action: AgreementAction) -> Result<(), Problem> {
    if status.legal_actions().contains(&action) {
        return Ok(());
    }
    if status == AgreementStatus::Expired {
        return Err(Problem::new(error::AGREEMENT_EXPIRED));
    }
    let legal: Vec<_> = status.legal_actions().iter().map(|action| action.wire()).collect();
    Err(Problem::new(error::AGREEMENT_ILLEGAL_MOVE).detail(format!("It is {}.", status.wire())).with("legal_actions", legal))
}

/// Whose turn it is: the place of the first who has not signed, while signatures are awaited.
pub fn due(status: AgreementStatus, signers: &[AgreementSignerStatus]) -> Option<usize> {
    let first = || signers.iter().position(|signer| *signer != AgreementSignerStatus::Signed);
    status.is_live().then(first).flatten()
}

/// Whether `typed` is the name of who is to sign, whatever its case, accents and blanks.
pub fn is_name(typed: &str, name: &str) -> bool {
    kernel::text::fold(typed) == kernel::text::fold(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_come_one_after_the_other_while_signatures_are_awaited() {
        use AgreementSignerStatus::{Signed, Waiting};
        assert_eq!(due(AgreementStatus::Sent, &[Waiting, Waiting]), Some(0));
        assert_eq!(due(AgreementStatus::PartlySigned, &[Signed, Waiting]), Some(1));
        assert_eq!((due(AgreementStatus::PartlySigned, &[Signed, Signed]), due(AgreementStatus::Draft, &[Waiting])), (None, None));
    }

    #[test]
    fn what_has_ended_allows_nothing() {
        for status in ["signed", "declined", "expired", "voided", "superseded"] {
            let status: AgreementStatus = status.parse().unwrap();
            assert!(status.legal_actions().is_empty() && !status.is_live());
            assert!(require(status, AgreementAction::Sign).is_err());
        }
    }

    #[test]
    fn a_name_is_typed_as_people_type() {
        assert!(is_name(" josé  DÍAZ", "José Díaz") && !is_name("J. Díaz", "José Díaz") && !is_name("", "José"));
    }
}
