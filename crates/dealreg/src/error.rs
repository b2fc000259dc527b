//! What can go wrong here.

kernel::problem_kinds! {
    ILLEGAL_MOVE = 409 "deal.illegal_move" "The deal's status does not allow this; legal_actions lists what it allows.";
    PROTECTED = 409 "deal.protected" "Another deal holds this customer under protection; it has to end before this one can be approved.";
    NO_EXTENSION = 409 "deal.no_extension" "The rules of engagement allow no further extension of this deal's protection.";
    PARTNER_INACTIVE = 409 "deal.partner_inactive" "Only an active partner registers deals.";
    NOT_EDITABLE = 409 "deal.not_editable" "This field can no longer be changed in the deal's status.";
    RULES_PUBLISHED = 409 "rules.published" "Published rules are never changed; draft a new version.";
    LEAD_ILLEGAL_MOVE = 409 "lead.illegal_move" "The lead's status does not allow this; legal_actions lists what it allows.";
    LEAD_OFFER_OVER = 409 "lead.offer_over" "The time to accept this lead is over; somebody else is asked.";
    LEAD_FORM_UNKNOWN = 404 "lead_form.unknown" "There is no such form, or it takes no leads any more.";
    LEAD_FORM_CLOSED = 409 "lead_form.closed" "The form takes no leads any more.";
    LEAD_FORM_ORIGIN = 403 "lead_form.origin" "The form is not for pages of this origin; the vendor lists those that are.";
    NAMED_ACCOUNT_TAKEN = 409 "named_account.taken" "This company is named as a partner's already.";
    REFERRAL_ILLEGAL_MOVE = 409 "referral.illegal_move" "The referral's status does not allow this; legal_actions lists what it allows.";
    TAKEN = 409 "deal.taken" "Somebody else has this deal by now.";
    NOBODY_LEFT = 409 "deal.nobody_left" "There is nobody left to escalate this deal to who has not had it in this review.";
    QUEUE_TAKEN = 409 "queue.name_taken" "The vendor already has a queue of this name.";
    QUEUE_IN_USE = 409 "queue.in_use" "This queue is still needed; empty it, and take it out of what names it, first.";
    RULES_PAST = 422 "rules.past" "Rules take effect now or later, never in the past.";
}
