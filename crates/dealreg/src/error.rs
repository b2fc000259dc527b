//! What can go wrong here.

kernel::problem_kinds! {
    ILLEGAL_MOVE = 409 "deal.illegal_move" "The deal's status does not allow this; legal_actions lists what it allows.";
    PROTECTED = 409 "deal.protected" "Another deal holds this customer under protection; it has to end before this one can be approved.";
    NO_EXTENSION = 409 "deal.no_extension" "The rules of engagement allow no further extension of this deal's protection.";
    PARTNER_INACTIVE = 409 "deal.partner_inactive" "Only an active partner registers deals.";
    NOT_EDITABLE = 409 "deal.not_editable" "This field can no longer be changed in the deal's status.";
    RULES_PUBLISHED = 409 "rules.published" "Published rules are never changed; draft a new version.";
    APPROVALS_OPEN = 409 "deal.approvals_open" "This deal needs the approval of several people, one after another.";
    APPROVED_ALREADY = 409 "deal.approved_already" "You have approved this deal; the next approval is somebody else's.";
    NOT_YOUR_STEP = 403 "deal.not_your_step" "The next approval of this deal is for somebody else to give.";
    TOO_MANY_REMARKS = 409 "deal.too_many_remarks" "A deal has at most a thousand comments, and as many notes.";
    NOT_YOUR_REMARK = 403 "deal.not_your_remark" "Only its author corrects or takes back a comment or note.";
    REMARK_STANDS = 409 "deal.remark_stands" "It can no longer be corrected: more than fifteen minutes have passed.";
    RULES_PAST = 422 "rules.past" "Rules take effect now or later, never in the past.";
}
