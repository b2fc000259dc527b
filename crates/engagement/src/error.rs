//! What can go wrong here.

kernel::problem_kinds! {
    NOT_A_PERSON = 403 "notification.person_required" "Preferences belong to a person; keys have none.";
    TOO_MANY = 422 "notification.too_many_recipients" "One step tells at most 1,000 people; narrow its recipients.";
    TOO_MANY_CHANNELS = 409 "notification_channel.too_many" "A vendor has at most 50 channels; delete one first.";
    CHANNEL_DISABLED = 409 "notification_channel.disabled" "This channel is disabled; enable it first.";
}
