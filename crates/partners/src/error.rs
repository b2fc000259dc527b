//! What can go wrong here.

kernel::problem_kinds! {
    ILLEGAL_MOVE = 409 "partner.illegal_move" "The partner's status does not allow this now; legal_actions says what it does.";
    TOO_MANY = 409 "partner.too_many" "The partner has as many of these as are kept.";
    CONTRACT_OVER = 409 "partner_contract.over" "The contract has expired, or notice was given already.";
    ESG_FACT_ILLEGAL_MOVE = 409 "esg_fact.illegal_move" "What was said of the fact does not allow this; legal_actions lists what it allows.";
    RETAINED = 409 "partner_document.retained" "The document must be kept until its date.";
}
