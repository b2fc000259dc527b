//! What can go wrong here.

kernel::problem_kinds! {
    ILLEGAL_MOVE = 409 "deal.illegal_move" "The deal's status does not allow this; legal_actions lists what it allows.";
    PROTECTED = 409 "deal.protected" "Another deal holds this customer under protection; it has to end before this one can be approved.";
    NO_EXTENSION = 409 "deal.no_extension" "The rules of engagement allow no further extension of this deal's protection.";
    PARTNER_INACTIVE = 409 "deal.partner_inactive" "Only an active partner registers deals.";
    NOT_EDITABLE = 409 "deal.not_editable" "This field can no longer be changed in the deal's status.";
    RULES_PUBLISHED = 409 "rules.published" "Published rules are never changed; draft a new version.";
    TAKEN = 409 "deal.taken" "Somebody else has this deal by now.";
    NOBODY_LEFT = 409 "deal.nobody_left" "There is nobody left to escalate this deal to who has not had it in this review.";
    QUEUE_TAKEN = 409 "queue.name_taken" "The vendor already has a queue of this name.";
    QUEUE_IN_USE = 409 "queue.in_use" "This queue is still needed; empty it, and take it out of what names it, first.";
    RULES_PAST = 422 "rules.past" "Rules take effect now or later, never in the past.";
}
