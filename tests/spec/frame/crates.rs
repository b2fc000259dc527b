//! Who may use whom: the table of ARCHITECTURE.md, kept true.

use std::collections::BTreeMap;
use std::path::Path;

/// The crates of ours that each crate may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("matching", &[]),
    ("paper", &[]),
    ("phrases", &["kernel"]),
    ("screening", &["matching"]),
    ("access", &["kernel"]),
    ("partners", &["kernel", "access"]),
    ("crm", &["kernel", "access", "matching"]),
    ("dealreg", &["kernel", "access", "matching", "partners", "crm"]),
    ("onboarding", &["kernel", "access", "matching", "screening", "paper", "phrases", "partners", "crm"]),
    ("analytics", &["kernel", "access", "partners"]),
    ("engagement", &["kernel", "access", "partners", "phrases"]),
    ("automations", &["kernel", "access"]),
    ("webhooks", &["kernel", "access"]),
    ("scim", &["kernel", "access"]),
    ("search", &["kernel", "access", "matching"]),
    (
        "server",
        &[
            "kernel",
            "access",
            "matching",
            "partners",
            "crm",
            "dealreg",
            "onboarding",
            "analytics",
            "engagement",
            "automations",
            "webhooks",
            "scim",
            "search",
            "migrations",
        ],
    ),
];

#[test]
fn a_crate_uses_only_what_lies_below_it() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let may = allowed.get(name.as_str()).unwrap_or_else(|| panic!("say in MAY_USE and in ARCHITECTURE.md what {name} may use"));
        for used in manifest["dependencies"].as_table().unwrap().keys() {
            let ours = allowed.contains_key(used.as_str()) || used == "migrations";
            assert!(!ours || may.contains(&used.as_str()), "{name} may not use {used}: declare a port, or let server join the two");
        }
        seen.push(name);
    }
    assert_eq!(seen.len(), MAY_USE.len(), "{seen:?}");
}
