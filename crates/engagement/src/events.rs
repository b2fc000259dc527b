//! What this crate publishes: changes of settings. That somebody was told, or has read it, is no event.

use crate::NotificationChannelId;
use crate::channels::NotificationChannel;
use crate::templates::NotificationTemplate;
use kernel::id::PersonId;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

/// Somebody changed how they are told; how is theirs.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationPreferencesChangedEvent {
    /// Who.
    pub person_id: PersonId,
    /// The revision of the preferences.
    pub revision: i64,
}

impl Event for NotificationPreferencesChangedEvent {
    const TYPE: &'static str = "notification_preferences.changed";
    fn subject(&self) -> Subject {
        Subject::new("notification_preferences", self.person_id, self.revision)
    }
}

/// The vendor wrote a template in its own words, or changed them.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationTemplateChangedEvent {
    /// The template.
    pub notification_template: NotificationTemplate,
}

impl Event for NotificationTemplateChangedEvent {
    const TYPE: &'static str = "notification_template.changed";
    fn subject(&self) -> Subject {
        let template = &self.notification_template;
        Subject::new("notification_template", format!("{}/{}", template.name, template.language), template.revision.unwrap_or(1))
    }
}

/// A template went back to its standard words in one language.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationTemplateResetEvent {
    /// The template's name.
    pub name: String,
    /// The language.
    pub language: String,
}

impl Event for NotificationTemplateResetEvent {
    const TYPE: &'static str = "notification_template.reset";
    fn subject(&self) -> Subject {
        Subject::new("notification_template", format!("{}/{}", self.name, self.language), 0)
    }
}

macro_rules! channel_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The channel, without its URL.
            pub notification_channel: NotificationChannel,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("notification_channel", self.notification_channel.id, self.notification_channel.revision)
            }
        })+

        fn channel_event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

channel_events! {
    NotificationChannelCreatedEvent = "notification_channel.created" "A channel to a chat was added.";
    NotificationChannelUpdatedEvent = "notification_channel.updated" "A channel to a chat was changed, disabled or enabled by hand.";
    NotificationChannelDisabledEvent = "notification_channel.disabled" "A channel was disabled because the chat refuses its messages.";
}

/// A channel to a chat was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationChannelDeletedEvent {
    /// The channel.
    pub id: NotificationChannelId,
}

impl Event for NotificationChannelDeletedEvent {
    const TYPE: &'static str = "notification_channel.deleted";
    fn subject(&self) -> Subject {
        Subject::new("notification_channel", self.id, 0)
    }
}

/// Every event that this crate publishes.
pub fn event_kinds() -> Vec<EventKind> {
    let mut kinds = vec![
        EventKind::of::<NotificationPreferencesChangedEvent>("Somebody changed how they are told."),
        EventKind::of::<NotificationTemplateChangedEvent>("The vendor wrote a template in its own words, or changed them."),
        EventKind::of::<NotificationTemplateResetEvent>("A template went back to its standard words in one language."),
        EventKind::of::<NotificationChannelDeletedEvent>("A channel to a chat was deleted."),
    ];
    kinds.extend(channel_event_kinds());
    kinds
}
