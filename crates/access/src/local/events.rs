//! What happens to the ways in which people sign in, as the log tells it. No event carries a secret.

use super::http::Authenticator;
use kernel::id::PersonId;
use kernel::log::EventKind;
use kernel::personal::{DataSubject, Personal};
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! authenticator_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// Whose it is.
            pub person_id: PersonId,
            /// The authenticator as it now is, or was.
            pub authenticator: Authenticator,
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("authenticator", self.authenticator.id, self.authenticator.revision)
            }
            fn personal(&self) -> Vec<Personal> {
                vec![Personal { whose: DataSubject::Person(self.person_id), members: &["/authenticator/name"] }]
            }
        }
    };
}

authenticator_event!(
    /// A person added a second factor or a passkey.
    AuthenticatorAddedEvent, "authenticator.added");
authenticator_event!(
    /// A person named an authenticator anew.
    AuthenticatorUpdatedEvent, "authenticator.updated");
authenticator_event!(
    /// An authenticator does not work any more.
    AuthenticatorRemovedEvent, "authenticator.removed");

macro_rules! credential_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $subject:literal $(, $(#[$field_doc:meta])* $field:ident: $type:ty)?) => {
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub struct $name {
            /// Whom it concerns.
            pub person_id: PersonId,
            $($(#[$field_doc])* pub $field: $type,)?
        }
        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new($subject, self.person_id, 1)
            }
        }
    };
}

credential_event!(
    /// A person set a password.
    PasswordChangedEvent, "password.changed", "password",
    /// `invitation`, `reset` or `change`. More may come.
    by: String);
credential_event!(
    /// A person got new recovery codes; the old ones do not work any more.
    RecoveryCodesReplacedEvent, "recovery_codes.replaced", "recovery_codes");
credential_event!(
    /// A person came in with a recovery code.
    RecoveryCodeUsedEvent, "recovery_codes.used", "recovery_codes",
    /// How many are left.
    left: i64);
credential_event!(
    /// So many guesses at a person's password or code were wrong that further ones have to wait.
    SignInLockedEvent, "sign_in.locked", "sign_in",
    /// Wrong guesses in a row.
    failures: i64);
credential_event!(
    /// An admin took away all second factors of a person.
    MfaResetEvent, "mfa.reset", "mfa");

pub(crate) fn event_kinds() -> Vec<EventKind> {
    vec![
        EventKind::of::<AuthenticatorAddedEvent>("A person added a second factor or a passkey."),
        EventKind::of::<AuthenticatorUpdatedEvent>("A person named an authenticator anew."),
        EventKind::of::<AuthenticatorRemovedEvent>("An authenticator does not work any more."),
        EventKind::of::<PasswordChangedEvent>("A person set a password."),
        EventKind::of::<RecoveryCodesReplacedEvent>("A person got new recovery codes."),
        EventKind::of::<RecoveryCodeUsedEvent>("A person came in with a recovery code."),
        EventKind::of::<SignInLockedEvent>("Guesses at a person's password or code have to wait."),
        EventKind::of::<MfaResetEvent>("An admin took away all second factors of a person."),
    ]
}
