//! Load: many connections at once, as fast as they are answered or at a given rate.

use crate::http::Connection;
use crate::proc::{self, Cpu};
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

/// Connections that call at the same time.
pub const CONNECTIONS: usize = 32;

/// A thread that makes load, apart from the service's, so that its time can be told from theirs.
#[derive(Clone)]
pub struct Driver {
    handle: Handle,
}

/// Where the kernel counts the time of each of these threads.
static TIMES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

impl Driver {
    pub fn start() -> Self {
        let (started, begun) = std::sync::mpsc::channel();
        std::thread::Builder::new().name("load".into()).spawn(move || run_driver(&started)).expect("a thread");
        begun.recv().expect("the load's thread starts")
    }

    /// Run `work` on this thread.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.handle.spawn(work).await.expect("the load does not panic")
    }

    /// What all these threads have used so far.
    pub fn used() -> Duration {
        TIMES.lock().expect("the list").iter().map(|times| proc::thread(times)).sum()
    }

    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(work);
    }
}

fn run_driver(started: &std::sync::mpsc::Sender<Driver>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let times = std::fs::read_link("/proc/thread-self").map(|this| PathBuf::from("/proc").join(this).join("schedstat"));
    TIMES.lock().expect("the list").extend(times);
    started.send(Driver { handle: runtime.handle().clone() }).expect("somebody waits");
    runtime.block_on(std::future::pending::<()>());
}

/// What one connection asks for.
pub trait Caller: Send {
    /// Write the next request.
    fn ask(&mut self, request: &mut Vec<u8>);
    /// Look at its answer.
    fn hear(&mut self, _status: u16, _body: &[u8]) {}
}

/// A caller at its connection.
pub struct Worker<C> {
    connection: Connection,
    pub caller: C,
}

/// What was seen.
#[derive(Default)]
pub struct Measured {
    /// Answers a second.
    pub rate: f64,
    /// Microseconds, in order.
    times: Vec<u32>,
    /// Answers that were not 2xx.
    pub refused: usize,
    /// One of them.
    pub example: String,
    pub cpu: Cpu,
}

impl Measured {
    pub fn rate(rate: f64, cpu: Cpu) -> Self {
        Self { rate, cpu, ..Self::default() }
    }

    pub fn of(times: Vec<u32>) -> Self {
        let mut times = times;
        times.sort_unstable();
        Self { times, ..Self::default() }
    }

    /// Of several windows.
    pub fn together(windows: Vec<Self>) -> Self {
        let count = windows.len() as f64;
        let mut all = Self::default();
        for mut window in windows {
            all.rate += window.rate / count;
            all.times.append(&mut window.times);
            all.refused += window.refused;
            all.cpu = all.cpu + window.cpu;
            all.example = window.example;
        }
        all.times.sort_unstable();
        all
    }

    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// The time within which this share was answered.
    pub fn within(&self, share: f64) -> Duration {
        let last = self.times.len().saturating_sub(1) as f64;
        Duration::from_micros(self.times.get((last * share) as usize).copied().unwrap_or_default().into())
    }
}

pub async fn connect<C: Caller + 'static>(driver: &Driver, to: SocketAddr, callers: Vec<C>) -> Vec<Worker<C>> {
    let opened = driver.run(async move {
        let mut workers = Vec::new();
        for caller in callers {
            workers.push(Worker { connection: Connection::open(to).await.expect("the service listens"), caller });
        }
        workers
    });
    opened.await
}

/// When to call, and when to count.
#[derive(Clone, Copy)]
struct Plan {
    /// From here on answers count.
    begin: Instant,
    end: Instant,
    /// Between two calls of one connection; none: at once.
    interval: Option<Duration>,
}

/// Call for `warm_up` and then `time`; at `rate` calls a second altogether, or as fast as answers come.
pub async fn run<C: Caller + 'static>(
    driver: &Driver,
    workers: &mut Vec<Worker<C>>,
    rate: Option<f64>,
    warm_up: Duration,
    time: Duration,
    postgres: Option<PathBuf>,
) -> Measured {
    let start = Instant::now() + Duration::from_millis(20);
    let plan =
        Plan { begin: start + warm_up, end: start + warm_up + time, interval: rate.map(|rate| Duration::from_secs_f64(workers.len() as f64 / rate)) };
    let count = workers.len() as u32;
    let calling: Vec<_> = workers
        .drain(..)
        .zip(0..)
        .map(|(worker, number)| {
            let first = start + plan.interval.unwrap_or_default() * number / count;
            driver.handle.spawn(call(worker, plan, first))
        })
        .collect();
    sleep_until(plan.begin).await;
    let before = Cpu::now(postgres.as_deref());
    sleep_until(plan.end).await;
    let cpu = Cpu::now(postgres.as_deref()) - before;
    let mut measured = Measured { cpu, ..Measured::default() };
    for calling in calling {
        let (worker, mut tally) = calling.await.expect("the load does not panic");
        workers.push(worker);
        measured.times.append(&mut tally.times);
        measured.refused += tally.refused;
        measured.example = std::mem::take(&mut tally.example).unwrap_or(measured.example);
    }
    measured.times.sort_unstable();
    measured.rate = measured.times.len() as f64 / time.as_secs_f64();
    measured
}

#[derive(Default)]
struct Tally {
    times: Vec<u32>,
    refused: usize,
    example: Option<String>,
}

async fn call<C: Caller>(mut worker: Worker<C>, plan: Plan, first: Instant) -> (Worker<C>, Tally) {
    let (mut tally, mut request, mut due) = (Tally::default(), Vec::with_capacity(4_096), first);
    sleep_until(first).await;
    loop {
        let mut begun = Instant::now();
        if let Some(interval) = plan.interval {
            if begun < due {
                sleep_until(due).await;
                begun = Instant::now();
            } else {
                // The answer before this came late: whoever waited for it waits still.
                begun = due;
            }
            due += interval;
        }
        if begun >= plan.end {
            return (worker, tally);
        }
        worker.caller.ask(&mut request);
        let answer = worker.connection.exchange(&request).await.expect("an answer");
        let ended = Instant::now();
        worker.caller.hear(answer.status, answer.body);
        if ended < plan.begin || ended >= plan.end {
            continue;
        }
        tally.times.push(u32::try_from((ended - begun).as_micros()).unwrap_or(u32::MAX));
        if !(200..300).contains(&answer.status) {
            tally.refused += 1;
            tally.example.get_or_insert_with(|| String::from_utf8_lossy(answer.body).into_owned());
        }
    }
}
