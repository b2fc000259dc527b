//! What can go wrong here.

kernel::problem_kinds! {
    TOO_MANY = 409 "webhook_endpoint.too_many" "The vendor has as many webhook endpoints as it may have; delete one first.";
    DISABLED = 409 "webhook_endpoint.disabled" "The webhook endpoint is disabled; enable it first.";
}
