//! What can go wrong here.

kernel::problem_kinds! {
    LAST_ADMIN_KEY = 409 "api_key.last_admin" "This is the vendor's last working admin key; create another before you revoke it.";
    EMAIL_TAKEN = 409 "person.email_taken" "The vendor already has a person with this e-mail address.";
    ROLE_TOO_HIGH = 403 "person.role_too_high" "Nobody grants a role that may do more than they may themselves.";
    SCOPE_TOO_WIDE = 403 "token.scope_too_wide" "A token or key cannot hold more permissions than the caller who makes it.";
    NO_SUCH_PERSON = 422 "token.no_such_person" "There is no active person of an active partner like this.";
    INVALID_REQUEST = 400 "token.invalid_request" "The form of this token request could not be read.";
    INVALID_CLIENT = 401 "token.invalid_client" "The client of this token request is unknown, or its secret is wrong.";
    INVALID_GRANT = 400 "token.invalid_grant" "What was to be exchanged for a token is unknown, used, expired or not this client's.";
    INVALID_SCOPE = 400 "token.invalid_scope" "A scope of this token request is unknown or goes beyond what the client or person may do.";
    UNSUPPORTED_GRANT = 400 "token.unsupported_grant_type" "This service does not know this grant_type.";
    NO_SUCH_PORTAL = 422 "portal.unknown" "There is no portal with this client_id.";
}
