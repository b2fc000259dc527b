//! What may go wrong here.

kernel::problem_kinds! {
    PATH_ILLEGAL_MOVE = 409 "onboarding_path.illegal_move" "This version of the path is not in the state for this; a draft is published, a published one retired.";
    NO_PATH = 409 "onboarding.no_path" "No published path is for this partner; name one, or publish one that is.";
    ONBOARDING_RUNS = 409 "onboarding.runs" "The partner is on a path already; move it instead.";
    NO_ONBOARDING = 409 "onboarding.none" "The partner is on no path.";
    TASK_ILLEGAL_MOVE = 409 "onboarding_task.illegal_move" "The task's status does not allow this; legal_actions lists what it allows.";
    NOT_YOUR_TASK = 403 "onboarding_task.not_yours" "The other side owes this task.";
}
