//! What can go wrong here.

kernel::problem_kinds! {
    PERIOD = 422 "figures.period" "The period ends before it begins, or is longer than ten years.";
}
