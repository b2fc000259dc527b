//! Secrets in the configuration, and the key file of an embedded database.

use super::Refused;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(pub T);

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

/// A fresh key, as `PRM_SECRET_KEY` takes it.
pub fn fresh_key() -> String {
    STANDARD.encode(kernel::seal::random::<32>())
}

pub(super) fn decode(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Several keys, separated by commas.
pub(super) fn decode_all(text: &str) -> Option<Vec<Secret<[u8; 32]>>> {
    text.split(',').map(|key| decode(key.trim()).map(Secret)).collect()
}

/// The key in the file beside an embedded database; made if neither is there yet.
pub(super) fn beside(database: &Path) -> Result<Secret<[u8; 32]>, Refused> {
    let mut file = database.as_os_str().to_owned();
    file.push(".key");
    let file = PathBuf::from(file);
    let in_use = fs::metadata(database).is_ok_and(|found| found.len() > 0);
    if !file.exists() && in_use {
        let (database, file) = (database.display(), file.display());
        return Err(Refused(vec![format!(
            "The database {database} is there, but not its key: put {file} back, or set PRM_SECRET_KEY to the key it was used with."
        )]));
    }
    let text = make(&file).and_then(|()| fs::read_to_string(&file));
    let text = text.map_err(|cause| Refused(vec![format!("The key file {} cannot be made or read: {cause}.", file.display())]))?;
    let key = decode(text.trim())
        .ok_or_else(|| Refused(vec![format!("The key file {} does not hold 32 bytes in base64; put the right one back.", file.display())]))?;
    Ok(Secret(key))
}

/// Made whole under another name first, so that two processes that start together agree on one key.
fn make(file: &Path) -> io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let draft = file.with_extension(format!("key.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(&draft)?;
    writeln!(made, "{}", fresh_key())?;
    made.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(cause),
        _ => Ok(()),
    }
}
