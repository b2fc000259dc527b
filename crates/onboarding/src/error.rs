//! What may go wrong here.

kernel::problem_kinds! {
    SCREENING_LIST_TAKEN = 409 "screening_list.name_taken" "The vendor already has a screening list of this name.";
    SCREENING_LIST_SHRINKS = 409 "screening_list.shrinks" "The new version lacks a large part of the entries; say accept_removals if that is meant.";
    SCREENING_FILES = 422 "screening_list.files" "The files were read and are not whole; nothing was published. See errors.";
    VETTING_CHECK_ILLEGAL_MOVE = 409 "vetting_check.illegal_move" "The check's result does not allow this; legal_actions lists what it allows.";
}
