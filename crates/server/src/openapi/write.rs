//! `openapi/` in the repository: the document and its index.

use super::common::needed;
use super::methods;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use utoipa::openapi::OpenApi;

/// The document as it is kept: indented, in a stable order.
pub fn pretty(document: &OpenApi) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("a document is plain data");
    text.push('\n');
    text
}

/// The index: `METHOD /path  operation_id  permissions  summary`, one line an operation.
pub fn operations(document: &OpenApi) -> String {
    let mut document = document.clone();
    let mut rows = Vec::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in methods(item) {
            let of = |text: &Option<String>| text.clone().unwrap_or_default();
            rows.push([
                format!("{method} {path}"),
                of(&operation.operation_id),
                needed(operation).unwrap_or_else(|| "-".to_owned()),
                of(&operation.summary),
            ]);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (first, second, third) = (width(0), width(1), width(2));
    rows.iter().fold(String::new(), |mut text, [place, id, permissions, summary]| {
        let _ = writeln!(text, "{place:first$}  {id:second$}  {permissions:third$}  {}", summary.trim_end_matches('.'));
        text
    })
}

/// Write the files under `directory`; with `check` only name those that differ.
pub fn update(directory: &Path, check: bool) -> io::Result<Vec<PathBuf>> {
    let document = super::document();
    let mut differing = Vec::new();
    for (name, text) in [("openapi.json", pretty(&document)), ("operations.txt", operations(&document))] {
        let file = directory.join(name);
        let same = match fs::read_to_string(&file) {
            Ok(kept) => kept == text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => false,
            Err(cause) => return Err(cause),
        };
        if !same {
            if !check {
                fs::create_dir_all(directory)?;
                fs::write(&file, text)?;
            }
            differing.push(file);
        }
    }
    Ok(differing)
}
