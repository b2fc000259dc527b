//! The command line.

mod screening;
mod verify;

use crate::config::{self, Config};
use crate::demo;
use crate::openapi;
use crate::serve::{self, Failure};
use access::vendors::{VendorCreate, create_by_operator, limit_by_operator};
use clap::{Parser, Subcommand};
use kernel::App;
use kernel::id::VendorId;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use verify::Verify;

/// The backend of a partner program: one REST API, an ordered log of events, and signed webhooks.
#[derive(Parser)]
#[command(name = "prm", version)]
pub struct Cli {
    /// A TOML file with settings; the environment (PRM_…) comes before it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service; migrates the database first.
    Serve,
    /// Watch the main job on real data: a CRM comes in, partners register deals, webhooks go out; then stay up.
    Demo {
        /// Stop after the closing table.
        #[arg(long)]
        exit: bool,
    },
    /// Create or update the database's schema and end.
    Migrate,
    /// Make vendors.
    #[command(subcommand)]
    Vendor(VendorCommand),
    /// Screening lists.
    #[command(subcommand)]
    Screening(screening::ScreeningCommand),
    /// Check that no event was edited, removed or reordered; ends with 1 if one was, with 2 if that cannot be told.
    VerifyLog(Verify),
    /// Write the published document and its index, or check that they are current.
    Openapi {
        /// Write nothing; end with 1 if a file differs.
        #[arg(long)]
        check: bool,
        /// Where the files are.
        #[arg(long, default_value = "openapi")]
        dir: PathBuf,
    },
    /// Print a fresh key for PRM_SECRET_KEY or PRM_OPERATOR_KEY.
    Key,
    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Ask a running service whether it is ready; ends with 1 if it is not.
    Health {
        /// Where it is; by default where this configuration would listen.
        #[arg(long)]
        url: Option<String>,
    },
    /// Print every setting as a Markdown table.
    Settings {
        /// Print nothing; end with 1 unless this file contains the table.
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum VendorCommand {
    /// Make a vendor; prints its id and its first admin key. Works beside a running service.
    Create {
        /// The vendor's name.
        name: String,
    },
    /// Limit how often a vendor may call, whatever PRM_RATE_LIMIT_VENDOR says; running services follow within half a minute.
    Limit {
        /// The vendor.
        id: VendorId,
        /// Requests a minute, 0 for no limit; left out: what holds for everybody.
        rate: Option<u32>,
    },
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Sign with a new key from now on; tokens signed before stay valid until they expire.
    Rotate,
    /// Bring every secret in the database under PRM_SECRET_KEY; until then PRM_SECRET_KEY_PREVIOUS opens the older ones.
    /// Works beside running services; ends with 1 if anything remains that is not under it.
    Reseal {
        /// Change nothing; only count what remains.
        #[arg(long)]
        check: bool,
    },
}

/// Run what the command line says.
pub async fn run(cli: Cli) -> ExitCode {
    match carry_out(cli).await {
        Ok(code) => code,
        Err(failure) => {
            failure.to_string().lines().for_each(|line| eprintln!("prm: {line}"));
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(cli: Cli) -> Result<ExitCode, Failure> {
    let load = || Config::load(cli.config.as_deref());
    match cli.command {
        Command::Serve => serve::serve(&load()?).await?,
        Command::Demo { exit } => demo::run(load()?, exit).await?,
        Command::Migrate => drop(serve::open(&load()?, None).await?),
        Command::Vendor(VendorCommand::Create { name }) => create_vendor(&serve::open(&load()?, None).await?, name).await?,
        Command::Vendor(VendorCommand::Limit { id, rate }) => {
            let vendor = limit_by_operator(&serve::open(&load()?, None).await?, id, rate).await.map_err(said)?;
            println!("{} {}", vendor.id, vendor.rate_limit.map_or("as everybody".to_owned(), |rate| format!("{rate} requests a minute")));
        }
        Command::Screening(what) => screening::run(&serve::open(&load()?, None).await?, what).await?,
        Command::VerifyLog(what) => return Ok(verify::run(load(), what).await),
        Command::Openapi { check, dir } => return write_openapi(check, &dir),
        Command::Key => println!("{}", config::fresh_key()),
        Command::Keys(KeysCommand::Rotate) => {
            let app = serve::open(&load()?, None).await?;
            access::tokens::rotate(&app).await.map_err(said)?;
            println!("A new key signs access tokens from now on.");
        }
        Command::Keys(KeysCommand::Reseal { check }) => return reseal(&serve::open(&load()?, None).await?, check).await,
        Command::Health { url } => return health(url.map_or_else(|| load().map(|config| format!("http://{}", config.listen)), Ok)?).await,
        Command::Settings { check: None } => print!("{}", config::markdown()),
        Command::Settings { check: Some(file) } => {
            if !std::fs::read_to_string(&file)?.contains(&config::markdown()) {
                return Err(format!("{} does not hold the table of settings as it is; `prm settings` prints it.", file.display()).into());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A problem as a sentence.
fn said(problem: kernel::Problem) -> Failure {
    let places = problem.errors.iter().map(|error| format!(" {}: {}", error.pointer, error.detail));
    format!("{}{}{}", problem.kind.title, problem.detail.iter().map(|detail| format!(" {detail}")).collect::<String>(), places.collect::<String>())
        .into()
}

async fn create_vendor(app: &App, name: String) -> Result<(), Failure> {
    let new: VendorCreate = kernel::body::from_value(serde_json::json!({ "name": name })).map_err(said)?;
    let made = create_by_operator(app, new).await.map_err(said)?;
    println!("vendor    {}", made.vendor.id);
    println!("admin key {}   (shown this once)", made.key.secret);
    Ok(())
}

async fn reseal(app: &App, check: bool) -> Result<ExitCode, Failure> {
    let reports = kernel::reseal::run(app, &crate::assemble::sealed(), check).await.map_err(said)?;
    for report in &reports {
        let lost = if report.unopened > 0 { format!(", {} of them open with none of the keys", report.unopened) } else { String::new() };
        println!("{}.{}: {} resealed, {} remain under another key{lost}", report.table, report.column, report.resealed, report.remaining);
    }
    let remains = reports.iter().any(|report| report.remaining > 0);
    println!("{}", if remains { "Keep the previous key." } else { "Everything is under the current key; a previous one is not needed any more." });
    Ok(if remains { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn write_openapi(check: bool, directory: &std::path::Path) -> Result<ExitCode, Failure> {
    let faults = openapi::faults_of_all();
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }
    let differing = openapi::update(directory, check)?;
    for file in &differing {
        println!("{} {}", file.display(), if check { "differs from what the code says; run `prm openapi` and commit it" } else { "written" });
    }
    Ok(if check && !differing.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn health(url: String) -> Result<ExitCode, Failure> {
    let url = format!("{}/health/ready", url.trim_end_matches('/'));
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let answer = client.get(&url).send().await.map_err(|_| format!("{url} does not answer."))?;
    let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
    println!("{text}");
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
