//! What can go wrong here.

kernel::problem_kinds! {
    ILLEGAL_MOVE = 409 "deal.illegal_move" "The deal's status does not allow this; legal_actions lists what it allows.";
    PROTECTED = 409 "deal.protected" "Another deal holds this customer under protection; it has to end before this one can be approved.";
    NO_EXTENSION = 409 "deal.no_extension" "The rules of engagement allow no further extension of this deal's protection.";
    PARTNER_INACTIVE = 409 "deal.partner_inactive" "Only an active partner registers deals.";
    NOT_EDITABLE = 409 "deal.not_editable" "This field can no longer be changed in the deal's status.";
    UNDECIDED = 409 "deal.undecided" "The deal is a draft: nothing was decided yet.";
    NOT_PROTECTED = 409 "deal.not_protected" "Only an approved deal is protected and has a certificate.";
    EXTENSION_OPEN = 409 "deal.extension_open" "The vendor has not answered the last request for more time yet.";
    EXTENSION_NOT_OPEN = 409 "deal.extension_not_open" "There is no request for more time to answer.";
    EXTENSION_ON_REQUEST = 409 "deal.extension_on_request" "The rules of engagement do not prolong this deal at once; ask with request-extension.";
    NOTHING_TO_WAIT_FOR = 409 "deal.nothing_to_wait_for" "Nobody holds this deal's customer; bring the deal again.";
    TOO_MANY_ACTIVITIES = 409 "deal.too_many_activities" "The deal has as many activities as are kept.";
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
    DISPUTE_ILLEGAL_MOVE = 409 "dispute.illegal_move" "The dispute's stage does not allow this; legal_actions lists what it allows.";
    DISPUTE_EXISTS = 409 "dispute.exists" "There is, or was, a dispute about the same two sides already.";
    DISPUTE_NO_COUNTERPARTY = 409 "dispute.no_counterparty" "Nobody else is known to be after this customer.";
    DISPUTE_NOT_PARTY = 409 "dispute.not_party" "Only a party to the dispute does this, for itself.";
    DISPUTE_NOT_NEUTRAL = 409 "dispute.not_neutral" "Who leads or decides a dispute takes no side in it.";
    DISPUTE_NOT_REVIEWER = 409 "dispute.not_reviewer" "Only the dispute's reviewer does this; another has to be put in their place first.";
    DISPUTE_NOT_HEARD = 409 "dispute.not_heard" "Not every party has been heard yet, and the time for it still runs.";
    DISPUTE_FULL = 409 "dispute.full" "There is no room for more in this dispute.";
    DISPUTE_DEAL_ENDED = 409 "dispute.deal_ended" "A deal that this would protect has ended.";
    DISPUTE_APPEAL_OVER = 409 "dispute.appeal_over" "The time to appeal is over, or there was an appeal already.";
    VERDICT_EXACT_KEY = 409 "match_verdict.exact_key" "The two share a tax number or a domain; a verdict that they differ has to say that it outranks that.";
    VERDICT_INDISTINCT = 409 "match_verdict.indistinct" "Nothing that is known of the two tells them apart; add a domain or a tax number to one of them.";
    VERDICT_STANDS = 409 "match_verdict.stands" "There is a verdict on these two already; revoke it first.";
    VERDICT_REVOKED = 409 "match_verdict.revoked" "The verdict was revoked already.";
    RULES_PAST = 422 "rules.past" "Rules take effect now or later, never in the past.";
}
