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
    RULES_PAST = 422 "rules.past" "Rules take effect now or later, never in the past.";
}
