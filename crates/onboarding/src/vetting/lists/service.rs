//! Use cases of lists: one transaction each.

use super::store::{self, EntryRow, ListRow, VersionRow};
use super::types::{ScreeningFiles, ScreeningFormat, ScreeningList, ScreeningListCreate, ScreeningListPublish, ScreeningVersion};
use crate::error;
use crate::vetting::events::{ScreeningListCreated, ScreeningListPublished};
use crate::vetting::{ScreeningListId, runs, text};
use kernel::problem::FieldError;
use kernel::text::{fold, hex, tidy};
use kernel::{Problem, Tx};
use screening::{Entry, published};
use sha2::{Digest, Sha256};

/// A version that lacks more than one in so many entries of the one before is taken for cut off.
const SHRINKS: i64 = 5;

/// Keep a new list.
pub async fn create(tx: &mut Tx, new: ScreeningListCreate) -> Result<ScreeningList, Problem> {
    let name = tidy(&new.name);
    let row = ListRow {
        vendor_id: tx.vendor().0,
        id: ScreeningListId::fresh().0,
        search_name: fold(&name),
        name,
        format: new.format.wire().to_owned(),
        version: 0,
        entries: 0,
        published_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if !store::insert(tx, &row).await? {
        return Err(Problem::new(error::SCREENING_LIST_TAKEN));
    }
    tx.emit(ScreeningListCreated { screening_list: row.shown() });
    Ok(row.shown())
}

/// Files that were read whole, and what they are known by.
pub struct ReadFiles {
    entries: Vec<Entry>,
    sha256: String,
}

/// Read the files of a publication: whole, or not at all. Done before the write, which it would hold up.
pub fn read(format: ScreeningFormat, files: &ScreeningFiles) -> Result<ReadFiles, Problem> {
    let needed = |file: &Option<String>, pointer: &str| {
        file.clone().ok_or_else(|| Problem::invalid(pointer, "required", "A list of this format is published with this file."))
    };
    let unwanted = |file: &Option<String>, pointer: &str| match file {
        None => Ok(()),
        Some(_) => Err(Problem::invalid(pointer, "not_of_format", "A list of this format has no such file.")),
    };
    let optional = |file: &Option<String>| file.clone().unwrap_or_default();
    let (parts, read) = match format {
        ScreeningFormat::Ofac => {
            unwanted(&files.xml, "/files/xml")?;
            let parts = [needed(&files.sdn, "/files/sdn")?, optional(&files.alt), optional(&files.add)];
            let read = published::ofac(parts[0].as_bytes(), parts[1].as_bytes(), parts[2].as_bytes());
            (parts.to_vec(), read)
        }
        ScreeningFormat::Un => {
            unwanted(&files.sdn, "/files/sdn")?;
            unwanted(&files.alt, "/files/alt")?;
            unwanted(&files.add, "/files/add")?;
            let parts = vec![needed(&files.xml, "/files/xml")?];
            let read = published::un(parts[0].as_bytes());
            (parts, read)
        }
    };
    let entries = read.map_err(|faults| {
        let told = faults
            .into_iter()
            .map(|fault| FieldError::new(format!("/files/{}", fault.file), fault.code, format!("Line {}: {}", fault.line, fault.detail)));
        let errors: Vec<FieldError> = told.collect();
        Problem { errors, ..Problem::new(error::SCREENING_FILES) }
    })?;
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part.as_bytes()));
    Ok(ReadFiles { entries, sha256: hex(&hash.finalize()) })
}

/// Publish a version: what changed is written, and everybody is held against it, in a run of its own.
pub async fn publish(tx: &mut Tx, id: ScreeningListId, read: ReadFiles, accept_removals: bool) -> Result<ScreeningVersion, Problem> {
    let mut row = store::find(tx, tx.scope(), id).await?.ok_or_else(Problem::not_found)?;
    if tx.actor().request.if_match.is_some() {
        tx.actor().require_match(row.revision)?;
    }
    let known = store::known(tx, tx.scope(), row.id).await?;
    let version = row.version + 1;
    let (mut added, mut changed, mut written) = (0, 0, Vec::new());
    let mut named = std::collections::HashSet::with_capacity(read.entries.len());
    for entry in &read.entries {
        let body = text(entry);
        let hash = hex(&Sha256::digest(body.as_bytes()));
        named.insert(entry.id.as_str());
        let before = known.get(&entry.id);
        if before.is_some_and(|before| before.live && before.hash == hash) {
            continue;
        }
        let is_new = before.is_none_or(|before| !before.live);
        (added, changed) = (added + i64::from(is_new), changed + i64::from(!is_new));
        // One that comes back as it was is a decision anew, too.
        let revision = before.map_or(1, |before| before.version + 1);
        written.push(EntryRow {
            vendor_id: row.vendor_id,
            list_id: row.id,
            entry_id: entry.id.clone(),
            hash,
            body,
            version: revision,
            changed_in: version,
            removed_in: None,
        });
    }
    let gone: Vec<String> = known.iter().filter(|(id, known)| known.live && !named.contains(id.as_str())).map(|(id, _)| id.clone()).collect();
    let removed = gone.len() as i64;
    if removed * SHRINKS > row.entries && removed > 1 && !accept_removals {
        return Err(Problem::new(error::SCREENING_LIST_SHRINKS).with("removed", removed).with("entries", row.entries));
    }
    store::put_entries(tx, written).await?;
    store::remove_entries(tx, row.id, version, &gone).await?;
    let since = row.version;
    (row.version, row.entries, row.published_at) = (version, read.entries.len() as i64, Some(tx.now()));
    store::update(tx, &mut row).await?;
    let made = VersionRow {
        vendor_id: row.vendor_id,
        list_id: row.id,
        version,
        entries: row.entries,
        added,
        changed,
        removed,
        sha256: read.sha256,
        published_by: text(&tx.actor().reference()),
        created_at: tx.now(),
    };
    store::record(tx, &made).await?;
    tx.emit(ScreeningListPublished { screening_list: row.shown(), version: made.shown()? });
    runs::begin(tx, &row, since).await?;
    made.shown()
}

/// A list by its name, made if there is none: for the command line.
pub async fn by_name(tx: &mut Tx, name: &str, format: ScreeningFormat) -> Result<ScreeningListId, Problem> {
    match store::by_name(tx, tx.scope(), &fold(&tidy(name))).await? {
        Some(row) if row.format == format.wire() => Ok(ScreeningListId(row.id)),
        Some(_) => Err(Problem::new(error::SCREENING_LIST_TAKEN).detail("It is published in another format.")),
        None => Ok(create(tx, ScreeningListCreate { name: name.to_owned(), format }).await?.id),
    }
}

/// Publish files from the command line.
pub async fn import(
    app: &kernel::App,
    vendor: kernel::id::VendorId,
    name: &str,
    format: ScreeningFormat,
    body: ScreeningListPublish,
) -> Result<ScreeningVersion, Problem> {
    let read = read(format, &body.files)?;
    app.write(&kernel::Actor::system("screening.import", vendor), async |tx| {
        let id = by_name(tx, name, format).await?;
        publish(tx, id, read, body.accept_removals).await
    })
    .await
}
