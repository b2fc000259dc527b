//! Taking personal members out of an event, and putting them back for whoever reads it.

use super::keys::{self, Learnt};
use super::{Personal, is_marker, marker};
use crate::app::App;
use crate::id::VendorId;
use crate::log::{Pending, event};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What was taken out of an event about one data subject, not yet sealed.
#[derive(Clone)]
pub(crate) struct Secret {
    subject: [u8; 32],
    /// The members by their pointers, as JSON.
    plain: String,
}

/// What the column `personal` holds for each data subject of an event.
#[derive(Serialize, Deserialize)]
struct Sealed {
    /// The id of its key.
    key: Uuid,
    /// AES-256-GCM of the members by their pointers, base64.
    sealed: String,
}

/// Take the personal members out of `data` and leave markers.
pub(crate) fn take(vendor: VendorId, data: &mut Value, personal: &[Personal]) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for Personal { whose, members } in personal {
        let mut taken = Map::new();
        for pointer in *members {
            let Some(member) = data.pointer_mut(pointer) else { continue };
            if member.is_null() || member.as_str().is_some_and(is_marker) {
                continue;
            }
            taken.insert((*pointer).to_owned(), std::mem::replace(member, marker(pointer).into()));
        }
        if !taken.is_empty() {
            secrets.push(Secret { subject: whose.digest(vendor), plain: Value::Object(taken).to_string() });
        }
    }
    secrets
}

/// Let go of what was taken out about these data subjects.
pub(crate) fn drop_erased(pending: &mut [Pending], erased: &BTreeSet<[u8; 32]>) {
    if !erased.is_empty() {
        pending.iter_mut().for_each(|event| event.secrets.retain(|secret| !erased.contains(&secret.subject)));
    }
}

/// Seal what was taken out of events that are about to be stored.
pub(crate) async fn seal(
    app: &App,
    tx: &impl ConnectionTrait,
    vendor: VendorId,
    pending: &mut [Pending],
    now: DateTime<Utc>,
) -> Result<Option<Learnt>, DbErr> {
    let subjects: BTreeSet<_> = pending.iter().flat_map(|event| &event.secrets).map(|secret| secret.subject).collect();
    if subjects.is_empty() {
        return Ok(None);
    }
    let (keys, learnt) = keys::for_writing(app, tx, vendor, subjects, now).await?;
    for event in pending.iter_mut().filter(|event| !event.secrets.is_empty()) {
        let mut sealed = Vec::with_capacity(event.secrets.len());
        for secret in &event.secrets {
            let key = keys.get(&secret.subject).ok_or_else(|| DbErr::Custom("a data subject's key was destroyed meanwhile".into()))?;
            let bytes = key.sealer.seal(&purpose(event.id), secret.plain.as_bytes());
            sealed.push(Sealed { key: key.id, sealed: STANDARD.encode(bytes) });
        }
        event.personal = Some(serde_json::to_string(&sealed).expect("text is plain data"));
    }
    Ok(Some(learnt))
}

/// Put personal members back into the data of events whose keys live.
pub(crate) async fn open(app: &App, db: &impl ConnectionTrait, vendor: VendorId, rows: &mut [event::Model]) -> Result<(), DbErr> {
    let mut sealed = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(personal) = &row.personal {
            sealed.push((at, serde_json::from_str::<Vec<Sealed>>(personal).map_err(|cause| DbErr::Json(cause.to_string()))?));
        }
    }
    if sealed.is_empty() {
        return Ok(());
    }
    let ids = sealed.iter().flat_map(|(_, sealed)| sealed).map(|sealed| sealed.key).collect();
    let keys = keys::for_reading(app, db, vendor, ids).await?;
    for (at, parts) in sealed {
        let row = &mut rows[at];
        let mut opened = None;
        for part in &parts {
            let Some(key) = keys.get(&part.key) else { continue };
            let Some(members) = members(key, row.id, part) else {
                tracing::error!(sequence = row.sequence, "the personal data of an event does not open; it reads as erased");
                continue;
            };
            let data = match &mut opened {
                Some(data) => data,
                None => opened.insert(serde_json::from_str::<Value>(&row.data).map_err(|cause| DbErr::Json(cause.to_string()))?),
            };
            for (pointer, value) in members {
                if let Some(member) = data.pointer_mut(&pointer) {
                    *member = value;
                }
            }
        }
        if let Some(data) = opened {
            row.data = data.to_string();
        }
    }
    Ok(())
}

fn members(key: &super::Key, event: Uuid, part: &Sealed) -> Option<Map<String, Value>> {
    let bytes = STANDARD.decode(&part.sealed).ok()?;
    serde_json::from_slice(&key.sealer.open(&purpose(event), &bytes).ok()?).ok()
}

/// The ids of the keys that an event's column `personal` names.
pub(crate) fn keys_named(personal: &str) -> Vec<Uuid> {
    serde_json::from_str::<Vec<Sealed>>(personal).unwrap_or_default().into_iter().map(|sealed| sealed.key).collect()
}

fn purpose(event: Uuid) -> String {
    format!("event:{event}")
}

#[cfg(test)]
mod tests {
    use super::super::{DataSubject, ERASED, ERASED_EMAIL};
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_taken_leaves_markers_and_what_is_absent_or_erased_is_passed_over() {
        let vendor = VendorId(Uuid::nil());
        let whose = DataSubject::contact(Some("Ada@X.example"), "Ada");
        let members = &["/a/name", "/a/email", "/a/phone", "/a/gone", "/a/erased"];
        let mut data = json!({ "a": { "name": "Ada", "email": "Ada@X.example", "phone": null, "erased": "[erased]", "kept": 1 } });
        let secrets = take(vendor, &mut data, &[Personal { whose: whose.clone(), members }]);
        assert_eq!(data, json!({ "a": { "name": ERASED, "email": ERASED_EMAIL, "phone": null, "erased": "[erased]", "kept": 1 } }));
        assert_eq!(secrets.len(), 1);
        assert_eq!(secrets[0].plain, r#"{"/a/name":"Ada","/a/email":"Ada@X.example"}"#);
        assert!(take(vendor, &mut data, &[Personal { whose, members }]).is_empty());
    }

    #[test]
    fn one_address_is_one_subject_in_every_spelling_and_each_vendor_has_its_own() {
        let (one, other) = (VendorId::fresh(), VendorId::fresh());
        let subject = |email: &str| DataSubject::contact(Some(email), "whoever");
        assert_eq!(subject(" Ada@X.example").digest(one), subject("ada@x.EXAMPLE").digest(one));
        assert_ne!(subject("ada@x.example").digest(one), subject("ada@x.example").digest(other));
        assert_ne!(DataSubject::Name("ada@x.example".into()).digest(one), subject("ada@x.example").digest(one));
    }
}
