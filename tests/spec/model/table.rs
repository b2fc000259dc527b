//! The published tables of moves, written down a second time: whatever the log tells must be one of these.

/// From which status a deal comes into which; the first is where it begins.
pub const DEALS: &[(&str, &[&str])] = &[
    ("", &["draft", "approved", "in_review", "rejected"]),
    ("draft", &["approved", "in_review", "rejected", "withdrawn"]),
    ("in_review", &["approved", "rejected", "information_requested", "withdrawn"]),
    ("information_requested", &["approved", "in_review", "rejected", "withdrawn"]),
    ("approved", &["won", "lost", "expired", "released", "withdrawn", "in_review", "rejected"]),
    ("rejected", &["approved", "in_review"]),
    ("won", &[]),
    ("lost", &[]),
    ("expired", &[]),
    ("withdrawn", &[]),
    ("released", &[]),
];

/// The same of leads.
pub const LEADS: &[(&str, &[&str])] = &[
    ("", &["new", "qualified"]),
    ("new", &["qualified", "offered", "unplaced", "disqualified"]),
    ("qualified", &["offered", "unplaced", "disqualified"]),
    ("unplaced", &["offered", "disqualified"]),
    ("offered", &["accepted", "qualified", "disqualified"]),
    ("accepted", &["working", "converted", "qualified", "lost", "disqualified"]),
    ("working", &["converted", "qualified", "won", "lost", "disqualified"]),
    ("converted", &["won", "lost", "working"]),
    ("disqualified", &["new"]),
    ("won", &[]),
    ("lost", &[]),
];

/// The same of disputes, by stage.
pub const DISPUTES: &[(&str, &[&str])] = &[
    ("", &["statements"]),
    ("statements", &["under_review", "settled", "withdrawn"]),
    ("under_review", &["statements", "decided", "settled", "withdrawn"]),
    ("decided", &["appealed", "closed"]),
    ("appealed", &["closed", "settled"]),
    ("closed", &[]),
    ("settled", &[]),
    ("withdrawn", &[]),
];

/// Whether this move is in the table; to stay is none.
pub fn allows(table: &[(&str, &[&str])], from: &str, to: &str) -> bool {
    from == to || table.iter().any(|(status, next)| *status == from && next.contains(&to))
}

/// Whether nothing comes after this.
pub fn is_end(table: &[(&str, &[&str])], status: &str) -> bool {
    table.iter().any(|(known, next)| *known == status && next.is_empty())
}

#[test]
fn the_service_tells_of_the_same_statuses() {
    use dealreg::{disputes::rules::Stage, leads::rules::LeadStatus, rules::Status};
    let known = |table: &[(&str, &[&str])]| table.iter().skip(1).map(|(status, _)| (*status).to_owned()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(known(DEALS), Status::ALL.iter().map(|status| status.wire().to_owned()).collect());
    assert_eq!(known(LEADS), LeadStatus::ALL.iter().map(|status| status.wire().to_owned()).collect());
    assert_eq!(known(DISPUTES), Stage::ALL.iter().map(|stage| stage.wire().to_owned()).collect());
}
