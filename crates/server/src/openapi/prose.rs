//! What the document says before its operations.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Server, tag::TagBuilder};

const DESCRIPTION: &str = "\
The backend of a partner program: partners register deals and get their answer in the same call, the vendor's CRM hears of \
every change, and whatever happened can be read back in order.

**Credentials.** Every operation under `/v1` takes `Authorization: Bearer …` with an API key (`prm_…`) or an access token from \
`POST /v1/tokens`. The credential says which vendor's data it reaches, and for a partner's people, which partner's. What \
a caller may not see does not exist for it: 404. Each operation names the permission that it needs.

**Errors.** Every error is `application/problem+json` (RFC 9457) with a stable `code`, the `request_id` to quote, and \
`errors` that point at what is wrong with a body. `type` leads to an explanation. Codes are never renamed; new ones may come.

**Lists.** Pages of `limit` rows with an opaque `next_cursor`, to be sent as `cursor` with otherwise the same parameters; \
absent on the last page. A cursor costs the same however deep it is.

**Writing.** Unknown fields are refused. Every write takes an `Idempotency-Key` (kept 30 days): the same request again \
gets the first answer again, marked `Idempotent-Replayed: true`, and does nothing. `PATCH` is a JSON merge patch and needs \
`If-Match` with the `ETag` last read, so that nobody overwrites what they have not seen.

**Events.** Every change is an event in the vendor's log, numbered without a gap. Have events sent to you as signed webhooks \
(Standard Webhooks; see the webhooks section for every type), follow them with `GET /v1/events/stream`, or page through `GET /v1/events`. \
All three carry the same envelope; deliveries repeat, so take each `id` once.

**Evidence.** Events are chained by hash, and behind every vendor's log grows a Merkle tree (RFC 9162) whose root is signed some seconds \
after each growth. Keep a checkpoint (`GET /v1/log-checkpoints`): proofs, and `prm verify-log --checkpoint`, show that nothing before \
it was changed since.

**Privacy.** What events hold about people is stored encrypted, with a key for each of them. An erasure destroys the key: from then on \
events read `[erased]` (and `erased@erased.invalid` for addresses) in those places, wherever they are read, while every hash and checkpoint \
stays valid. Events tell of every resource that an erasure changed, so that your copies can follow.

**Limits.** `RateLimit-Policy` names the limits that a caller is under, its own and its vendor's, and `RateLimit` where it stands \
with each; beyond them the answer is 429 `quota.exceeded` with `Retry-After`. A busy instance answers 503 with `Retry-After`: nothing was done.

**Browsers.** Pages of the origins in the vendor's `allowed_origins` may call from a browser (CORS), with the credential in \
`Authorization`.

**Compatibility.** New fields, new enum values and new event types may appear in answers at any time; ignore what you do not know.";

/// Every tag with what lies under it, in the order of the reference page.
pub(super) const TAGS: &[(&str, &str)] = &[
    (
        "sign-in",
        "How people come in where no identity provider is at hand: invitation, password, authenticator app, passkey, recovery codes, and step-up.",
    ),
    ("access", "Vendors, API keys and access tokens: who may call, and what they may do."),
    ("people", "The humans of the vendor and of its partners."),
    ("access reviews", "Who has access and why, and whether they still should: kept or revoked, one by one."),
    ("views", "What a person wants to see of a list, kept under a name: filters, columns, order."),
    ("search", "What was typed into a search box, found across deals, accounts, partners, leads and more: by fragments, and in spite of typos."),
    ("business calendars", "When the vendor is at work, which is when clocks of reviews run: time zone, hours by weekday, holidays."),
    ("custom fields", "What a vendor records beyond the built-in fields, as a JSON Schema for each kind of resource."),
    (
        "scim",
        "SCIM 2.0 (RFC 7643, RFC 7644): a vendor's or a partner's directory provisions people and groups. Errors, paging and media type are SCIM's own.",
    ),
    ("partners", "The organisations in the program."),
    ("accounts", "The companies that the vendor's CRM knows, as they are mirrored here."),
    ("opportunities", "The sales that the vendor's CRM works on, as they are mirrored here."),
    ("imports", "Many accounts or opportunities at once, from a file, with progress and refused rows."),
    ("deals", "Deal registration: the answer in the same call, conflicts, and the life of a deal."),
    (
        "commercial terms",
        "What partners earn, whose approval a special price needs, and who may renew: rules in one versioned object, the vendor's own.",
    ),
    ("products", "What is sold, as the vendor's own system has it: families and list prices."),
    ("special prices", "A partner asks for a lower price of a deal; the vendor approves, declines or counters, and what is approved ends in time."),
    ("renewals", "Who sold a subscription may renew it: incumbencies, their windows, and what becomes of them."),
    ("figures", "What the program yields: the pipeline, and what becomes of deals, by partner, segment, region and manager."),
    ("leads", "Prospects that the vendor hands to its partners: captured, scored, distributed by rules and in turn, accepted and converted."),
    ("referrals", "Prospects that partners hand in, and what they earn by them."),
    (
        "co-sell",
        "Help that is asked for with a deal: who is brought in, the next steps of both sides in one place, and in the end who contributed what.",
    ),
    ("hygiene", "What is there twice, stale or nobody's: audits by night, what they found, and what people did about it."),
    ("onboarding", "Paths from acceptance to the first sale: what each side has to do, where every partner stands, and what is next."),
    (
        "agreements",
        "What partners and the vendor sign: templates in versions, agreements with their signers in order, the file with its certificate, and our signature.",
    ),
    ("surveys", "What partners' people think: questions, a link that answers once, and results by segment."),
    ("walkthroughs", "What portals show people on a screen, step by step, in their language, and how far each of them is."),
    ("vetting", "Screening lists, the register of checks, and what people decide about matches."),
    ("applications", "How companies apply to become partners: forms, links, rules of admission, review, and the funnel."),
    ("queues", "Who works on what waits for the vendor: queues, how work is dealt out in them, and what waits for oneself."),
    ("disputes", "Who holds a customer: heard on both sides, decided by somebody neutral, with an appeal."),
    ("match verdicts", "What people have judged of two companies: the same or not, remembered above any score."),
    ("rules of engagement", "The rules of engagement: what partners read and what decides, in one versioned object."),
    ("automations", "What happens by itself: when an event occurs and a rule holds, steps are taken, now or later; and what each did."),
    (
        "notifications",
        "What people are told and how they want it: the inbox, preferences, templates in a vendor's own words, channels to Slack and Teams.",
    ),
    ("webhooks", "Where events are sent, and what became of each delivery."),
    ("events", "The vendor's log of everything that happened, in order, and proofs that nobody has changed it."),
    ("privacy", "Everything that is held about somebody, exported or erased."),
    ("operation", "Health and the catalogue of problems, for those who run this."),
];

pub(super) fn opening() -> OpenApi {
    let licence = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let contact = ContactBuilder::new().name(Some("The prm authors")).build();
    let info = InfoBuilder::new()
        .title("prm")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(licence))
        .contact(Some(contact))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key (`prm_…`), or an access token from `POST /v1/tokens`. The scopes named are permissions."));
    let operator =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The key of this installation's operator, `PRM_OPERATOR_KEY`."));
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer.build()))
        .security_scheme("operator", SecurityScheme::Http(operator.build()))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .tags(Some(TAGS.iter().map(|(name, description)| TagBuilder::new().name(*name).description(Some(*description)).build())))
        .components(Some(components))
        .build()
}
