//! `prm screening import`: a list as it was published, from files.

use super::said;
use crate::serve::Failure;
use clap::{Subcommand, ValueEnum};
use kernel::App;
use kernel::id::VendorId;
use onboarding::vetting::lists::{self, ScreeningFiles, ScreeningFormat, ScreeningListPublish};
use std::path::{Path, PathBuf};

/// What may be done with screening lists.
#[derive(Subcommand)]
pub(super) enum ScreeningCommand {
    /// Publish a new version of a list; running services screen everybody against what changed. Works beside them.
    Import {
        /// Whose list it is.
        #[arg(long, value_name = "ID")]
        vendor: VendorId,
        /// In which form it is published.
        #[arg(long, value_enum)]
        format: Format,
        /// What it is called; made if there is none of this name.
        #[arg(long)]
        list: Option<String>,
        /// Take a version even if it lacks more than a fifth of the entries.
        #[arg(long)]
        accept_removals: bool,
        /// OFAC: files whose names contain `sdn`, `alt` and `add`; UN: one XML file.
        #[arg(required = true, num_args = 1..=3)]
        files: Vec<PathBuf>,
    },
}

/// A form of publication.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// Three CSV files of the OFAC.
    Ofac,
    /// The consolidated list of the UN, XML.
    Un,
}

pub(super) async fn run(app: &App, what: ScreeningCommand) -> Result<(), Failure> {
    let ScreeningCommand::Import { vendor, format, list, accept_removals, files } = what;
    let mut sent = ScreeningFiles::default();
    for file in &files {
        *place(&mut sent, format, file)? = Some(read(file)?);
    }
    let (format, usual) = match format {
        Format::Ofac => (ScreeningFormat::Ofac, "OFAC SDN"),
        Format::Un => (ScreeningFormat::Un, "UN consolidated"),
    };
    let body = ScreeningListPublish { files: sent, accept_removals };
    let made = lists::service::import(app, vendor, list.as_deref().unwrap_or(usual), format, body).await.map_err(said)?;
    println!(
        "{} version {}: {} entries, {} new, {} changed, {} removed",
        made.list_id, made.version, made.entries, made.added, made.changed, made.removed
    );
    Ok(())
}

/// Where a file belongs, by its name.
fn place<'a>(files: &'a mut ScreeningFiles, format: Format, file: &Path) -> Result<&'a mut Option<String>, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let place = match format {
        Format::Un => &mut files.xml,
        Format::Ofac if name.contains("sdn") => &mut files.sdn,
        Format::Ofac if name.contains("alt") => &mut files.alt,
        Format::Ofac if name.contains("add") => &mut files.add,
        Format::Ofac => return Err(format!("{}: its name says neither sdn, alt nor add.", file.display()).into()),
    };
    if place.is_some() { Err(format!("{}: there is another file of this kind.", file.display()).into()) } else { Ok(place) }
}

/// A file as text: UTF-8, or Latin-1, in which older ones are published.
fn read(file: &Path) -> Result<String, Failure> {
    /// The largest file, in bytes.
    const LARGEST: u64 = 256 << 20;
    let told = |cause: std::io::Error| format!("{} cannot be read: {cause}.", file.display());
    if std::fs::metadata(file).map_err(told)?.len() > LARGEST {
        return Err(format!("{} is larger than any list.", file.display()).into());
    }
    let bytes = std::fs::read(file).map_err(told)?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|cause| cause.into_bytes().into_iter().map(char::from).collect()))
}
