//! Where the code looks or writes across vendors, or around the scoped ways altogether: few places, each a decision.

use std::collections::BTreeMap;
use std::path::Path;

/// What to look for, and for each the files that may hold it and how often.
const PERMITTED: &[(&str, &[(&str, usize)])] = &[
    (
        ".read_across_vendors(",
        &[
            ("access/src/authenticate.rs", 1),         // by the hash of a key, before the vendor is known
            ("access/src/edge.rs", 1),                 // whose pages may call, before the vendor is known
            ("access/src/local/attempts.rs", 1),       // by the hash of an attempt's secret
            ("access/src/local/links.rs", 1),          // by the hash of a link's secret
            ("access/src/portals.rs", 1),              // a sign-in names the portal
            ("access/src/sessions/mod.rs", 2),         // by the hash of a refresh token
            ("access/src/signing.rs", 1),              // the installation's own keys
            ("access/src/sso/issuers/verify.rs", 1),   // a token's issuer and audience name the vendor
            ("access/src/sso/logout.rs", 1),           // so do a logout token's
            ("access/src/sso/sign_in/callback.rs", 1), // by the hash of a sign-in's state
            ("access/src/sso/sign_in/code.rs", 1),     // by the hash of its code
            ("crm/src/imports/work.rs", 1),            // which vendor's import has waited longest
            ("dealreg/src/hygiene/work.rs", 1),        // which vendor's audit has waited longest
            ("engagement/src/channels/outbox.rs", 1),  // which messages to chats are due
            ("kernel/src/log/tree.rs", 1),             // which logs have grown beyond their trees
            ("kernel/src/mail.rs", 1),                 // which letters are due
            ("kernel/src/readers.rs", 1),              // which logs have grown
            ("kernel/src/reseal.rs", 2),               // the list of vendors, and the installation's own keys
            ("kernel/src/timers.rs", 1),               // what is due
            ("onboarding/src/asking/line.rs", 1),      // which requests somebody outside is to be asked about
            ("server/src/cli/verify.rs", 1),           // verify-log of all vendors
            ("server/src/health.rs", 1),               // the list of migrations
            ("server/src/privacy/erase.rs", 1),        // which erasures have not ended
            ("webhooks/src/fleet.rs", 1),              // which endpoints have work
            ("webhooks/src/sweep.rs", 1),              // which endpoints have old deliveries
        ],
    ),
    (
        ".write_across_vendors(",
        &[
            ("access/src/local/mod.rs", 1),     // old attempts and counts of guesses go
            ("access/src/signing.rs", 2),       // the installation's own keys
            ("crm/src/imports/work.rs", 1),     // claims an import
            ("dealreg/src/hygiene/work.rs", 1), // claims an audit
            ("engagement/src/sweep.rs", 1),     // old notifications go
            ("kernel/src/reseal.rs", 1),        // the installation's own keys
            ("kernel/src/timers.rs", 1),        // claims what is due
            ("server/src/assemble.rs", 1),      // old answers go
        ],
    ),
    (".enter_vendor(", &[("access/src/vendors.rs", 1)]),
    ("acting_for(", &[("kernel/src/actor.rs", 1), ("kernel/src/tx.rs", 1)]),
    // The last is a test, of somebody who owns the database.
    (".migrator()", &[("kernel/src/db/mod.rs", 1), ("server/src/serve.rs", 1), ("server/tests/verify_log.rs", 1)]),
    (".postgres()", &[("kernel/src/signals.rs", 2)]),
    (".listener()", &[("kernel/src/signals.rs", 1)]),
    ("prm.vendor", &[("kernel/src/db/session.rs", 1)]),
    ("prm.across_vendors", &[("kernel/src/db/session.rs", 1)]),
];

#[test]
fn looking_across_vendors_is_rare_and_decided() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut files = Vec::new();
    walk(&crates, &mut files);
    assert!(files.len() > 100, "{}", files.len());
    for (mark, permitted) in PERMITTED {
        let found = files.iter().map(|(name, text)| (name.as_str(), text.matches(mark).count())).filter(|(_, count)| *count > 0);
        let (found, permitted): (BTreeMap<_, _>, BTreeMap<_, _>) = (found.collect(), permitted.iter().copied().collect());
        assert_eq!(found, permitted, "`{mark}`: use `read_of` and `write`; if the work really spans vendors, list it in {}", file!());
    }
}

/// The sources of the crates, without comments and without benchmarks.
fn walk(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "benches") {
            walk(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            let name = path.to_string_lossy().rsplit_once("/crates/").unwrap().1.to_owned();
            into.push((name, code));
        }
    }
}
