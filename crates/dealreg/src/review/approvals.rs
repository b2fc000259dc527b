//! Approvals in several steps: who may give the next one. Pure.

use super::policy::ReviewStep;
use super::types::DealApproval;
use crate::error;
use access::{Permission, RoleName};
use chrono::{DateTime, Utc};
use kernel::actor::{ActorRef, Caller};
use kernel::{Actor, Problem};

/// The steps of a policy, all open.
pub fn open(steps: &[ReviewStep]) -> Vec<DealApproval> {
    let open = |step: &ReviewStep| DealApproval {
        name: step.name.clone(),
        role: step.role.clone(),
        person_id: step.person_id,
        permission: step.permission.clone(),
        approved_by: None,
        approved_at: None,
    };
    steps.iter().map(open).collect()
}

/// The step that is to be given next.
pub fn next(approvals: &[DealApproval]) -> Option<&DealApproval> {
    approvals.iter().find(|step| step.approved_by.is_none())
}

/// Give the next step in the caller's name, whose role is `role` if it is a person.
pub fn give(approvals: &mut [DealApproval], who: &Actor, role: Option<&RoleName>, now: DateTime<Utc>) -> Result<(), Problem> {
    let me: ActorRef = who.reference();
    if approvals.iter().any(|step| step.approved_by.as_ref() == Some(&me)) {
        return Err(Problem::new(error::APPROVED_ALREADY));
    }
    let Some(step) = approvals.iter_mut().find(|step| step.approved_by.is_none()) else { return Ok(()) };
    let by_role = step.role.as_ref().is_none_or(|wanted| role == Some(wanted));
    let by_person = step.person_id.is_none_or(|wanted| who.caller == Caller::Person(wanted));
    let by_permission = step.permission.as_deref().is_none_or(|name| name.parse::<Permission>().is_ok_and(|wanted| who.grants & wanted.bit() != 0));
    if !(by_role && by_person && by_permission) {
        return Err(Problem::new(error::NOT_YOUR_STEP).detail(format!("The next step is {}.", step.name)));
    }
    (step.approved_by, step.approved_at) = (Some(me), Some(now));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::id::{ApiKeyId, PersonId, VendorId};

    fn steps(text: serde_json::Value) -> Vec<DealApproval> {
        open(&serde_json::from_value::<Vec<ReviewStep>>(text).unwrap())
    }

    fn person(id: PersonId, grants: u64) -> Actor {
        Actor::new(Caller::Person(id), VendorId::fresh(), None, grants)
    }

    #[test]
    fn each_step_is_given_by_whom_it_is_for_and_by_nobody_twice() {
        let (ann, bob) = (PersonId::fresh(), PersonId::fresh());
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let mut approvals = steps(serde_json::json!([{"name": "Desk", "role": "finance"}, {"name": "Ann", "person_id": ann},
            {"name": "Boss", "permission": "vendor:manage"}]));
        let finance = RoleName::read("finance").unwrap();
        let code = |done: Result<(), Problem>| done.err().map(|problem| problem.kind.code);
        let key = Actor::new(Caller::ApiKey(ApiKeyId::fresh()), VendorId::fresh(), None, u64::MAX);
        assert_eq!(code(give(&mut approvals, &key, None, now)), Some("deal.not_your_step"), "a key has no role of a person");
        assert_eq!(code(give(&mut approvals, &person(bob, 0), Some(&finance), now)), None);
        assert_eq!(code(give(&mut approvals, &person(bob, u64::MAX), Some(&finance), now)), Some("deal.approved_already"));
        assert_eq!(code(give(&mut approvals, &person(PersonId::fresh(), u64::MAX), None, now)), Some("deal.not_your_step"));
        assert_eq!(code(give(&mut approvals, &person(ann, 0), None, now)), None);
        assert_eq!(code(give(&mut approvals, &person(PersonId::fresh(), 0), None, now)), Some("deal.not_your_step"));
        assert_eq!(code(give(&mut approvals, &key, None, now)), None);
        assert!(next(&approvals).is_none());
    }
}
