//! `prm verify-log`: the stored logs against their chains, trees and checkpoints, and against one that somebody kept.

use crate::config::{Config, Refused};
use crate::serve::{self, Failure};
use clap::Args;
use kernel::App;
use kernel::id::VendorId;
use kernel::log::note::Verifier;
use kernel::log::{self, Saved, Verdict, checkpoint};
use sea_orm::{ConnectionTrait, Statement};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is to be checked.
#[derive(Args)]
pub(super) struct Verify {
    /// Only this vendor's log.
    #[arg(long, value_name = "ID")]
    vendor: Option<VendorId>,
    /// A saved checkpoint (the signed note, or the API's JSON): its log must begin with what was signed. Finds what was changed even by
    /// somebody who recomputed everything in the database.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The key that the checkpoint must be signed with, `name+id+key`; by default one of those in the database.
    #[arg(long, value_name = "KEY", requires = "checkpoint")]
    key: Option<String>,
}

/// Nothing was found out.
const UNTOLD: u8 = 2;

/// 0: all is whole. 1: something was changed. 2: it cannot be told, and the reason is on standard error.
pub(super) async fn run(config: Result<Config, Refused>, what: Verify) -> ExitCode {
    match check(config, what).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            failure.to_string().lines().for_each(|line| eprintln!("prm: {line}"));
            ExitCode::from(UNTOLD)
        }
    }
}

async fn check(config: Result<Config, Refused>, what: Verify) -> Result<bool, Failure> {
    let saved = what.checkpoint.as_deref().map(read).transpose()?;
    let app = serve::open(&config?, None).await?;
    let Some(saved) = saved else { return logs(&app, what.vendor).await };
    let vendor = saved.vendor().ok_or("The checkpoint's origin names no vendor of this service.")?;
    if what.vendor.is_some_and(|only| only != vendor) {
        return Err(format!("The checkpoint is of the log of {vendor}.").into());
    }
    let db = app.db().read_of(vendor).await?;
    if let Some(key) = &what.key
        && !saved.is_signed_by(&[Verifier::read(key)?])
    {
        return Err("The checkpoint is not signed with the key that was given.".into());
    }
    let verdict = log::verify_against(&db, vendor, &saved).await?;
    if !tell(vendor, &verdict) {
        return Ok(false);
    }
    // Whoever makes up a log afresh has to replace its key, too.
    if what.key.is_none() && !saved.is_signed_by(&checkpoint::verifiers(&db, vendor).await?) {
        println!("{vendor}: the checkpoint fits, but the database holds no key that signed it; give the one you kept with --key");
        return Ok(false);
    }
    println!("{vendor}: its first {} events are those that the checkpoint was signed for", saved.checkpoint.size);
    Ok(true)
}

fn read(file: &Path) -> Result<Saved, Failure> {
    let text = std::fs::read_to_string(file).map_err(|cause| format!("{} cannot be read: {cause}.", file.display()))?;
    Ok(Saved::read(&text).map_err(|cause| format!("{}: {cause}.", file.display()))?)
}

async fn logs(app: &App, vendor: Option<VendorId>) -> Result<bool, Failure> {
    let mut whole = true;
    for vendor in vendor.map_or(all_vendors(app).await?, |only| vec![only]) {
        let db = app.db().read_of(vendor).await?;
        whole &= tell(vendor, &log::verify(&db, vendor).await?);
    }
    Ok(whole)
}

fn tell(vendor: VendorId, verdict: &Verdict) -> bool {
    match &verdict.fault {
        None => println!("{vendor}: {} events, whole and in order", verdict.events),
        Some(fault) => println!("{vendor}: {fault} (the {} events before it are in order)", verdict.events),
    }
    verdict.fault.is_none()
}

async fn all_vendors(app: &App) -> Result<Vec<VendorId>, sea_orm::DbErr> {
    let db = app.db().read_across_vendors().await?;
    let rows = db.query_all_raw(Statement::from_string(app.db().backend(), "SELECT id FROM vendors ORDER BY created_at, id")).await?;
    rows.into_iter().map(|row| row.try_get("", "id").map(VendorId)).collect()
}
