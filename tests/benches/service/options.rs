//! What the command line asks for.

use spec::database::On;
use std::time::Duration;

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Import,
    Register,
    Check,
    Read,
    Flood,
    List,
    Webhooks,
    Simulate,
    Pipeline,
    Applications,
    Process,
}

const OPERATIONS: [(&str, Operation); 11] = [
    ("import", Operation::Import),
    ("register", Operation::Register),
    ("check", Operation::Check),
    ("read", Operation::Read),
    ("flood", Operation::Flood),
    ("list", Operation::List),
    ("webhooks", Operation::Webhooks),
    ("simulate", Operation::Simulate),
    ("pipeline", Operation::Pipeline),
    ("applications", Operation::Applications),
    ("process", Operation::Process),
];

pub struct Options {
    pub only: Vec<Operation>,
    pub databases: Vec<On>,
    pub vendors: usize,
    /// Accounts of each vendor.
    pub accounts: usize,
    /// Deals in the table when lists are measured.
    pub deals: usize,
    /// How long each rate is measured.
    pub seconds: Duration,
    /// How long it runs before that.
    pub warm_up: Duration,
}

impl Options {
    pub fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        // Cargo itself adds `--bench`.
        let arguments: Vec<String> = arguments.filter(|argument| argument != "--bench").collect();
        let quick = arguments.iter().any(|argument| argument == "--quick");
        let (accounts, seconds, warm_up) = if quick { (10_000, 3, 1) } else { (100_000, 10, 3) };
        let mut options = Self {
            only: OPERATIONS.map(|(_, operation)| operation).to_vec(),
            databases: vec![On::Sqlite, On::Postgres],
            vendors: 4,
            accounts,
            deals: accounts,
            seconds: Duration::from_secs(seconds),
            warm_up: Duration::from_secs(warm_up),
        };
        let mut rest = arguments.iter().filter(|argument| *argument != "--quick");
        while let Some(name) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{name} is not an option, or lacks its value"))?;
            options.set(name, value)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = || value.parse::<usize>().ok().filter(|number| *number > 0).ok_or_else(|| format!("{name} takes a number, not {value}"));
        match name {
            "--only" => self.only = value.split(',').map(operation).collect::<Result<_, _>>()?,
            "--database" if value == "sqlite" => self.databases = vec![On::Sqlite],
            "--database" if value == "postgres" => self.databases = vec![On::Postgres],
            "--vendors" => self.vendors = number()?.min(crate::load::CONNECTIONS),
            "--accounts" => self.accounts = number()?,
            "--seconds" => self.seconds = Duration::from_secs(number()? as u64),
            _ => return Err(format!("{name} {value} is not an option; see the head of tests/benches/service/main.rs")),
        }
        Ok(())
    }

    pub fn wants(&self, operation: Operation) -> bool {
        self.only.contains(&operation)
    }
}

fn operation(name: &str) -> Result<Operation, String> {
    let found = OPERATIONS.iter().find(|(known, _)| *known == name);
    found.map(|(_, operation)| *operation).ok_or_else(|| format!("{name} is none of {}", OPERATIONS.map(|(known, _)| known).join(", ")))
}
