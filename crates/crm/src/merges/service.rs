//! What may be done with merges: look ahead, merge, undo; and forgetting what undoing needs.

use super::events::{AccountMerged, AccountUnmerged};
use super::rules::{AccountField, changes, combine, restore};
use super::store::{self, MergeRow};
use super::types::{
    AccountMerge, AccountMergeDifference, AccountMergeMoved, AccountMergeObstacle, AccountMergePreview, AccountMergeRequest, AccountMergeStatus,
    AccountMergeStayed, Carried, too_many,
};
use super::{AccountMergeId, FORGET, MOST_MOVED, SHOWN, UNDO, followers};
use crate::accounts::store::{replace_keys, update};
use crate::accounts::{Account, AccountPut, AccountRow, upsert};
use crate::error;
use crate::events::AccountUpdated;
use crate::ports::MergeObstacle;
use crate::upsert::changed as changed_names;
use kernel::problem::FieldError;
use kernel::{Problem, Tx, fields};
use serde_json::Value;
use uuid::Uuid;

/// Two accounts that are to be one, held until the end of the write.
struct Pair {
    merged: AccountRow,
    survivor: AccountRow,
}

/// What is asked for, or what was done already.
#[allow(clippy::large_enum_variant)] // There is one, for as long as it is asked.
enum Asked {
    Now(Pair),
    Before(MergeRow),
}

impl Pair {
    async fn hold(tx: &Tx, external_id: &str, into: &str) -> Result<Asked, Problem> {
        let held = upsert::hold(tx, &[external_id, into]).await?;
        let named = |id: &str| held.iter().find(|row| row.external_id == id).cloned();
        let standing = |row: AccountRow| row.merged_into.map_or(Some(row), |id| held.iter().find(|row| row.id == id).cloned());
        let merged = named(external_id).ok_or_else(Problem::not_found)?;
        let unknown = || Problem::invalid("/into", "unknown_account", "There is no account with this external_id.");
        let survivor = named(into).and_then(standing).ok_or_else(unknown)?;
        if merged.merged_into == Some(survivor.id) && into != external_id {
            return store::that_took(tx, merged.id).await?.map(Asked::Before).ok_or_else(|| Problem::internal("a redirect without its merge"));
        }
        if let Some(now) = merged.merged_into.and_then(|id| held.iter().find(|row| row.id == id)) {
            return Err(Problem::new(error::ACCOUNT_MERGED).detail(format!("It was merged into `{}`.", now.external_id)));
        }
        if survivor.id == merged.id {
            return Err(Problem::invalid("/into", "same_account", "That is the same account, or one that was merged into it."));
        }
        Ok(Asked::Now(Self { merged, survivor }))
    }

    /// The survivor's fields after the merge; 422 if the vendor's schema of custom fields does not allow them.
    async fn combined(&self, tx: &Tx, request: &AccountMergeRequest) -> Result<AccountPut, Problem> {
        let mut both = combine(&self.merged.put(), &self.survivor.put(), &request.fields)?;
        // Neither is a subsidiary of the other any more.
        both.parent_external_id = both.parent_external_id.filter(|parent| ![&self.merged.external_id, &self.survivor.external_id].contains(&parent));
        fields::check(tx, "account", &both.custom_fields).await?;
        Ok(both)
    }

    /// What follows the account that goes, by kind, and what stands in the way.
    async fn look(&self, tx: &Tx) -> Result<(Vec<Following>, Vec<MergeObstacle>), Problem> {
        let (mut following, mut obstacles) = (Vec::new(), Vec::new());
        for follower in followers::all(tx) {
            let mut things = follower.of(tx, &self.merged, MOST_MOVED + 1).await?;
            things.retain(|(id, _)| *id != self.survivor.id);
            if things.len() as u64 > MOST_MOVED {
                obstacles.push(too_many(follower.kind()));
            }
            obstacles.extend(follower.obstacles(tx, &self.merged, &self.survivor).await?);
            following.push(Following { kind: follower.kind(), things });
        }
        Ok((following, obstacles))
    }
}

/// Things of one kind that follow an account.
struct Following {
    kind: &'static str,
    things: Vec<(Uuid, String)>,
}

impl Following {
    fn ids(&self) -> Vec<Uuid> {
        self.things.iter().map(|(id, _)| *id).collect()
    }

    fn shown(&self) -> AccountMergeMoved {
        let examples = self.things.iter().take(SHOWN).map(|(_, words)| words.clone()).collect();
        AccountMergeMoved { kind: self.kind.to_owned(), count: self.things.len() as i64, examples }
    }
}

/// What a merge would do.
pub async fn preview(tx: &mut Tx, external_id: &str, request: AccountMergeRequest) -> Result<AccountMergePreview, Problem> {
    let pair = match Pair::hold(tx, external_id, &request.into).await? {
        Asked::Now(pair) => pair,
        Asked::Before(merge) => return Err(Problem::new(error::ACCOUNT_MERGED).detail(format!("It was merged into `{}`.", merge.into_external_id))),
    };
    let both = pair.combined(tx, &request).await?;
    let (following, obstacles) = pair.look(tx).await?;
    Ok(AccountMergePreview {
        can_merge: obstacles.is_empty(),
        obstacles: obstacles.into_iter().map(|one| AccountMergeObstacle { code: one.code.to_owned(), detail: one.detail }).collect(),
        differences: differences(&pair.merged.put(), &pair.survivor.put(), &both)?,
        moves: following.iter().filter(|following| !following.things.is_empty()).map(Following::shown).collect(),
        merged: Account::from(pair.merged),
        survivor: Account::from(pair.survivor),
    })
}

fn differences(merged: &AccountPut, survivor: &AccountPut, both: &AccountPut) -> Result<Vec<AccountMergeDifference>, Problem> {
    let members = |put: &AccountPut| serde_json::to_value(put).map_err(Problem::internal);
    let (merged, survivor, both) = (members(merged)?, members(survivor)?, members(both)?);
    let differing = AccountField::ALL.iter().filter(|field| merged[field.wire()] != survivor[field.wire()]);
    let value = |of: &Value, field: &AccountField| serde_json::from_value(of[field.wire()].clone()).map_err(Problem::internal);
    let shown = |field: &AccountField| {
        let (merged, survivor, result) = (value(&merged, field)?, value(&survivor, field)?, value(&both, field)?);
        Ok(AccountMergeDifference { field: *field, merged, survivor, result })
    };
    differing.map(shown).collect()
}

/// Merge one account into another.
pub(crate) async fn merge(tx: &mut Tx, external_id: &str, request: AccountMergeRequest) -> Result<Carried, Problem> {
    let pair = match Pair::hold(tx, external_id, &request.into).await? {
        Asked::Now(pair) => pair,
        Asked::Before(row) => return Ok(Carried { merge: row.show(tx.actor().grants, tx.now())?, now: false }),
    };
    let both = pair.combined(tx, &request).await?;
    let (following, obstacles) = pair.look(tx).await?;
    if !obstacles.is_empty() {
        let errors = obstacles.into_iter().map(|one| FieldError::new("/into", one.code, one.detail)).collect();
        return Err(Problem { errors, ..Problem::new(error::MERGE_OBSTRUCTED) });
    }
    let (merged, survivor, changed) = write_both(tx, &pair, both).await?;
    let mut moved = Vec::with_capacity(following.len());
    for (follower, following) in followers::all(tx).iter().zip(&following) {
        moved.push((following.kind, follower.shift(tx, &following.ids(), &merged, &survivor).await?));
    }
    let row = record(tx, &merged, &survivor, &changed, &moved)?;
    store::insert(tx, &row, &moved).await?;
    tx.set_timer(FORGET, &AccountMergeId(row.id).to_string(), row.undo_until).await?;
    tx.emit(AccountMerged {
        merged: Account::from(merged).merged_into(&survivor.external_id),
        account: Account::from(survivor),
        merge: row.show(u64::MAX, tx.now())?,
    });
    Ok(Carried { merge: row.show(tx.actor().grants, tx.now())?, now: true })
}

type Changes = std::collections::BTreeMap<String, super::rules::Changed>;

/// Let the one account lead to the other, which gets these fields and is found by their keys alone.
async fn write_both(tx: &mut Tx, pair: &Pair, both: AccountPut) -> Result<(AccountRow, AccountRow, Changes), Problem> {
    let before = pair.survivor.put();
    let changed = changes(&before, &both)?;
    let mut merged = pair.merged.clone();
    merged.merged_into = Some(pair.survivor.id);
    (merged.revision, merged.updated_at) = (merged.revision + 1, tx.now());
    let names = changed_names(&before, &both);
    let survivor = if changed.is_empty() { pair.survivor.clone() } else { pair.survivor.clone().with(both.clone(), tx.now()) };
    update(tx, &[merged.clone(), survivor.clone()]).await?;
    let keys = both.keys().into_iter().map(|key| (key, survivor.id)).collect();
    replace_keys(tx, &[merged.id, survivor.id], keys).await?;
    if !changed.is_empty() {
        tx.emit(AccountUpdated { account: Account::from(survivor.clone()), changed: names });
    }
    Ok((merged, survivor, changed))
}

fn record(tx: &Tx, merged: &AccountRow, survivor: &AccountRow, changed: &Changes, moved: &[(&str, Vec<Uuid>)]) -> Result<MergeRow, Problem> {
    let text = |value: serde_json::Result<String>| value.map_err(Problem::internal);
    let counted = moved.iter().filter(|(_, ids)| !ids.is_empty());
    let counts = counted.map(|(kind, ids)| AccountMergeMoved { kind: (*kind).to_owned(), count: ids.len() as i64, examples: Vec::new() });
    let by = tx.actor().reference();
    Ok(MergeRow {
        vendor_id: tx.vendor().0,
        id: AccountMergeId::fresh().0,
        merged_id: merged.id,
        merged_external_id: merged.external_id.clone(),
        into_id: survivor.id,
        into_external_id: survivor.external_id.clone(),
        status: AccountMergeStatus::Merged.wire().to_owned(),
        changed: Some(text(serde_json::to_string(changed))?),
        taken: text(serde_json::to_string(&changed.keys().collect::<Vec<_>>()))?,
        moved: text(serde_json::to_string(&counts.collect::<Vec<_>>()))?,
        stayed: text(serde_json::to_string(&AccountMergeStayed::default()))?,
        made_by_kind: by.kind,
        made_by_id: by.id,
        undo_until: tx.now() + UNDO,
        undone_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    })
}

/// Undo a merge: what it moved and is still where it was put goes back.
pub async fn undo(tx: &mut Tx, id: AccountMergeId) -> Result<AccountMerge, Problem> {
    let mut row = store::hold(tx, id.0).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    if row.status() == AccountMergeStatus::Undone {
        return row.show(tx.actor().grants, tx.now());
    }
    if tx.now() >= row.undo_until {
        return Err(Problem::new(error::MERGE_OVER).detail(format!("It could be undone until {}.", row.undo_until.format("%Y-%m-%dT%H:%M:%SZ"))));
    }
    let pair = hold_again(tx, &row).await?;
    let mut stayed = AccountMergeStayed::default();
    let (restored, survivor) = part(tx, &pair, &row, &mut stayed).await?;
    let mut moved = store::moved_by(tx, row.id).await?;
    for follower in followers::all(tx) {
        let ids = moved.remove(follower.kind()).unwrap_or_default();
        let back = follower.shift(tx, &ids, &survivor, &restored).await?;
        stayed.things.extend(left_of(follower.kind(), &ids, &back));
    }
    store::forget_moved(tx, row.id).await?;
    tx.clear_timer(FORGET, &id.to_string()).await?;
    row.status = AccountMergeStatus::Undone.wire().to_owned();
    row.stayed = serde_json::to_string(&stayed).map_err(Problem::internal)?;
    (row.changed, row.undone_at) = (None, Some(tx.now()));
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    store::update(tx, &row).await?;
    let (account, restored) = (Account::from(survivor), Account::from(restored));
    tx.emit(AccountUnmerged { account, restored, merge: row.show(u64::MAX, tx.now())? });
    row.show(tx.actor().grants, tx.now())
}

/// The two accounts of a merge; 409 if the one that survived it was merged itself since.
async fn hold_again(tx: &Tx, row: &MergeRow) -> Result<Pair, Problem> {
    let held = upsert::hold(tx, &[row.merged_external_id.as_str(), row.into_external_id.as_str()]).await?;
    let of = |id| held.iter().find(|account| account.id == id).cloned().ok_or_else(|| Problem::internal("an account of a merge is gone"));
    let pair = Pair { merged: of(row.merged_id)?, survivor: of(row.into_id)? };
    if pair.survivor.merged_into.is_some() {
        let since = store::that_took(tx, pair.survivor.id).await?;
        let since = since.map(|since| AccountMergeId(since.id).to_string()).unwrap_or_default();
        return Err(Problem::new(error::MERGED_SINCE).detail(format!("`{}` was merged by {since}.", row.into_external_id)));
    }
    Ok(pair)
}

/// Let the merged account stand again, and take back what the merge made of the survivor's fields.
async fn part(tx: &mut Tx, pair: &Pair, row: &MergeRow, stayed: &mut AccountMergeStayed) -> Result<(AccountRow, AccountRow), Problem> {
    let before = pair.survivor.put();
    let (after, fields) = restore(&before, &row.changed()?)?;
    stayed.fields = fields;
    let mut restored = pair.merged.clone();
    restored.merged_into = None;
    (restored.revision, restored.updated_at) = (restored.revision + 1, tx.now());
    let names = changed_names(&before, &after);
    let survivor = if names.is_empty() { pair.survivor.clone() } else { pair.survivor.clone().with(after.clone(), tx.now()) };
    update(tx, &[restored.clone(), survivor.clone()]).await?;
    let (mine, theirs) = (restored.put().keys(), after.keys());
    let keys = mine.into_iter().map(|key| (key, restored.id)).chain(theirs.into_iter().map(|key| (key, survivor.id))).collect();
    replace_keys(tx, &[restored.id, survivor.id], keys).await?;
    if !names.is_empty() {
        tx.emit(AccountUpdated { account: Account::from(survivor.clone()), changed: names });
    }
    Ok((restored, survivor))
}

/// What did not go back, if anything.
fn left_of(kind: &str, ids: &[Uuid], back: &[Uuid]) -> Option<AccountMergeMoved> {
    let left: Vec<_> = ids.iter().filter(|id| !back.contains(id)).collect();
    let examples = left.iter().take(SHOWN).map(|id| named(kind, **id)).collect();
    (!left.is_empty()).then(|| AccountMergeMoved { kind: kind.to_owned(), count: left.len() as i64, examples })
}

fn named(kind: &str, id: Uuid) -> String {
    match kind {
        "opportunity" => crate::OpportunityId(id).to_string(),
        "subsidiary" | "redirect" => crate::AccountId(id).to_string(),
        "deal" => kernel::id::write(crate::opportunities::DEAL, id),
        _ => id.to_string(),
    }
}

/// The time to undo a merge is over: what undoing needs is not kept any longer.
pub async fn forget(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    let Ok(id) = subject.parse::<AccountMergeId>() else { return Ok(()) };
    let Some(mut row) = store::hold(tx, id.0).await? else { return Ok(()) };
    if tx.now() < row.undo_until {
        return Ok(tx.set_timer(FORGET, subject, row.undo_until).await?);
    }
    row.changed = None;
    store::update(tx, &row).await?;
    Ok(store::forget_moved(tx, row.id).await?)
}
