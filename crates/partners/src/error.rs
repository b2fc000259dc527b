//! What can go wrong here.

kernel::problem_kinds! {
    ILLEGAL_MOVE = 409 "partner.illegal_move" "The partner's status does not allow this now; legal_actions says what it does.";
}
