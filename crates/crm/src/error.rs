//! What can go wrong here.

kernel::problem_kinds! {
    RACE = 409 "crm.race" "Another write created the same row at the same moment; send the request again.";
    ACCOUNT_MERGED = 409 "account.merged_already" "The account was merged into another already; merge that one instead.";
    MERGE_OBSTRUCTED = 409 "account_merge.obstructed" "Something has to be settled before these accounts can be merged; errors says what.";
    MERGE_OVER = 409 "account_merge.over" "The time in which this merge could be undone is over.";
    MERGED_SINCE = 409 "account_merge.merged_since" "The surviving account was merged itself since; undo that merge first.";
    IMPORT_STATE = 409 "import.state" "The import is not in a state that allows this; see available_actions.";
}
