//! What can go wrong here.

kernel::problem_kinds! {
    TAKEN = 409 "automation.taken" "There is an automation of this name already.";
    TOO_MANY = 409 "automation.too_many" "A vendor adds or changes at most 200 automations.";
    STANDARD = 409 "automation.standard" "This automation is as it always was; disable it if it is not wanted.";
    RUN_ENDED = 409 "automation_run.ended" "Nothing of this run is still to come.";
    UNKNOWN_STEP = 500 "automation.unknown_step" "This instance does not know the step; a newer one may.";
    WRONG_SUBJECT = 409 "automation.wrong_subject" "The step does not work on what the event is about.";
    NO_MOMENT = 409 "automation.no_moment" "The event's data holds no date or time at this place.";
    MOMENT_PASSED = 409 "automation.moment_passed" "The moment before which the step was to be taken had passed already.";
    CONDITION = 409 "automation.condition" "The step's condition did not hold when it was due.";
    LOOP = 409 "automation.loop" "It was started by what automations did, too many times in a row; it is stopped here.";
    AVALANCHE = 409 "automation.avalanche" "Too many runs go back to one event; it is stopped here.";
}
