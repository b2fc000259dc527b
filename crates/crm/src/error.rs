//! What can go wrong here.

kernel::problem_kinds! {
    RACE = 409 "crm.race" "Another write created the same row at the same moment; send the request again.";
    IMPORT_STATE = 409 "import.state" "The import is not in a state that allows this; see available_actions.";
}
