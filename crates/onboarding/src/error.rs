//! What may go wrong here.

kernel::problem_kinds! {
    PATH_ILLEGAL_MOVE = 409 "onboarding_path.illegal_move" "This version of the path is not in the state for this; a draft is published, a published one retired.";
    IDEAL_PROFILE_PUBLISHED = 409 "ideal_profile.published" "This version is published already; draft another.";
    IDEAL_PROFILE_PAST = 409 "ideal_profile.past" "A profile takes effect now or later, never in the past.";
    NO_IDEAL_PROFILE = 409 "ideal_profile.none" "No ideal partner profile is in force; publish one.";
    ACCESS_GRANT_ILLEGAL_MOVE = 409 "access_grant.illegal_move" "The grant's status does not allow this; legal_actions lists what it allows.";
    ACCESS_GRANT_LIVE = 409 "access_grant.live" "The partner has this environment, or is about to.";
    ACCESS_GRANT_PARTNER_ENDED = 409 "access_grant.partner_ended" "The partner has ended; nothing is given to it any more.";
    NO_PROVISIONER = 409 "provisioning.no_provisioner" "The provisioning policy in force names no provisioner to ask.";
    PROVISIONING_TOKEN = 404 "provisioning.token" "This token does not answer, or not any more.";
    SURVEY_CLOSED = 409 "survey.closed" "The survey is closed; make its next version.";
    SURVEY_ANSWERED = 409 "survey.answered" "This was answered already, or may be answered no more.";
    SURVEY_LINK = 404 "survey.link" "This link does not work, or does not work any more.";
    SURVEY_ORIGIN = 403 "survey.origin" "This survey is not answered from a page of the vendor.";
    SURVEY_UNKNOWN = 409 "survey.unknown" "There is no open survey of this name.";
    NO_PATH = 409 "onboarding.no_path" "No published path is for this partner; name one, or publish one that is.";
    ONBOARDING_RUNS = 409 "onboarding.runs" "The partner is on a path already; move it instead.";
    NO_ONBOARDING = 409 "onboarding.none" "The partner is on no path.";
    TASK_ILLEGAL_MOVE = 409 "onboarding_task.illegal_move" "The task's status does not allow this; legal_actions lists what it allows.";
    NOT_YOUR_TASK = 403 "onboarding_task.not_yours" "The other side owes this task.";
    APPLICATION_ILLEGAL_MOVE = 409 "application.illegal_move" "The application's status does not allow this now; legal_actions says what it does.";
    APPLICATION_DUPLICATE = 409 "application.duplicate" "This company is a partner already; say `despite_duplicates` if it is another.";
    APPLICATION_CONTACT_TAKEN = 409 "application.contact_taken" "The applicant's e-mail address belongs to a person here already; say `without_person` to make the partner alone.";
    APPLICATION_TOO_SOON = 409 "application.too_soon" "An earlier application was refused not long ago; `reapply_after` says when another may be sent.";
    APPLICATION_LINK = 404 "application.link" "This link does not work, or does not work any more; ask for a new one by the form.";
    APPLICATION_FORM_UNKNOWN = 404 "application_form.unknown" "There is no such form, or it is closed.";
    APPLICATION_FORM_CLOSED = 409 "application_form.closed" "The form is closed.";
    APPLICATION_FORM_ORIGIN = 403 "application_form.origin" "This form is not sent from a page of the vendor.";
    APPLICATION_FORM_PUBLISHED = 409 "application_form.published" "This version is published already; draft another.";
    ADMISSION_RULES_PUBLISHED = 409 "admission_rules.published" "This version is published already; draft another.";
    ADMISSION_RULES_PAST = 409 "admission_rules.past" "Rules take effect now or later, never in the past.";
    SCREENING_LIST_TAKEN = 409 "screening_list.name_taken" "The vendor already has a screening list of this name.";
    SCREENING_LIST_SHRINKS = 409 "screening_list.shrinks" "The new version lacks a large part of the entries; say accept_removals if that is meant.";
    SCREENING_FILES = 422 "screening_list.files" "The files were read and are not whole; nothing was published. See errors.";
    VETTING_CHECK_ILLEGAL_MOVE = 409 "vetting_check.illegal_move" "The check's result does not allow this; legal_actions lists what it allows.";
}
