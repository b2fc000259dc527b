//! What the kernel counts: processor time and memory.

use crate::load::Driver;
use std::ops::{Add, Sub};
use std::path::Path;
use std::time::Duration;

/// The kernel counts processes' time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Processor time, by who used it.
#[derive(Debug, Default, Clone, Copy)]
pub struct Cpu {
    /// This process without the load: the service.
    pub service: Duration,
    /// The load.
    pub load: Duration,
    /// The database server, if it is one of its own.
    pub postgres: Duration,
    /// Everything on the machine.
    pub machine: Duration,
    /// Processor time that nobody wanted.
    pub idle: Duration,
}

impl Cpu {
    /// So far. `postgres` is the server's directory.
    pub fn now(postgres: Option<&Path>) -> Self {
        let load = Driver::used();
        let (machine, idle) = machine();
        let postgres = postgres.map(server).unwrap_or_default();
        Self {
            service: process(&std::fs::read_to_string("/proc/self/stat").unwrap_or_default(), false).saturating_sub(load),
            load,
            postgres,
            machine,
            idle,
        }
    }

    /// What `count` requests took each, in words.
    pub fn each(&self, count: usize) -> String {
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / count.max(1) as f64;
        let others = self.machine.saturating_sub(self.service + self.load + self.postgres);
        let share = |time: Duration| 100.0 * time.as_secs_f64() / (self.machine + self.idle).as_secs_f64().max(0.01);
        let postgres = if self.postgres.is_zero() { String::new() } else { format!(", Postgres {:.0} µs", micros(self.postgres)) };
        format!(
            "service {:.0} µs{postgres}, load generator {:.0} µs of processor time each; machine {:.0} % busy, {:.0} % by others and the kernel",
            micros(self.service),
            micros(self.load),
            share(self.machine),
            share(others)
        )
    }
}

impl Add for Cpu {
    type Output = Self;
    fn add(self, more: Self) -> Self {
        Self {
            service: self.service + more.service,
            load: self.load + more.load,
            postgres: self.postgres + more.postgres,
            machine: self.machine + more.machine,
            idle: self.idle + more.idle,
        }
    }
}

impl Sub for Cpu {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            service: self.service.saturating_sub(before.service),
            load: self.load.saturating_sub(before.load),
            postgres: self.postgres.saturating_sub(before.postgres),
            machine: self.machine.saturating_sub(before.machine),
            idle: self.idle.saturating_sub(before.idle),
        }
    }
}

/// What a thread has used, from its `schedstat`.
pub fn thread(times: &Path) -> Duration {
    let text = std::fs::read_to_string(times).unwrap_or_default();
    Duration::from_nanos(text.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

/// User and system time of a process from its `stat`, with what its ended children used if asked.
fn process(stat: &str, children: bool) -> Duration {
    // The name may hold anything: fields are counted from behind it.
    let fields: Vec<u32> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(|field| field.parse().unwrap_or_default()).collect();
    let wanted = if children { 11..15 } else { 11..13 };
    fields.get(wanted).map_or(Duration::ZERO, |times| TICK * times.iter().sum())
}

/// Every process that works in the directory of a Postgres cluster.
fn server(home: &Path) -> Duration {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let ours = processes.filter(|path| std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(home)));
    ours.map(|path| process(&std::fs::read_to_string(path.join("stat")).unwrap_or_default(), true)).sum()
}

/// Busy and idle time of all processors.
fn machine() -> (Duration, Duration) {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let fields: Vec<u32> = line.split_whitespace().skip(1).take(8).map(|field| field.parse().unwrap_or_default()).collect();
    let idle: u32 = fields.iter().skip(3).take(2).sum();
    (TICK * (fields.iter().sum::<u32>() - idle), TICK * idle)
}

/// Resident memory of a process in bytes.
pub fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() * 1_024
}

/// The machine in a sentence.
pub fn machine_in_words() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']))
        .unwrap_or("unknown processor");
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{count} processors ({model}), which the load generator and the database share")
}
