//! From a change's commit to its receipt.

use crate::admin::Admin;
use crate::http::{content_length, find, head_length};
use crate::load::{CONNECTIONS, Driver, Measured};
use crate::options::Options;
use crate::proc::Cpu;
use crate::service::Service;
use crate::table::{Row, Table, thousands};
use futures::future::join_all;
use kernel::id::VendorId;
use kernel::{Actor, App, Event, Problem, Subject};
use serde::Serialize;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

/// Changes that may be on their way; whoever changes more waits.
const MOST_UNDER_WAY: u64 = 1_000;
/// Bytes of an event's data beside its number.
const DATA: usize = 600;
const FAN_OUT: usize = 10;
const PACE: f64 = 300.0;

/// A change that nothing else reacts to.
#[derive(Serialize)]
struct Changed {
    number: u64,
    what: String,
}

impl Event for Changed {
    const TYPE: &'static str = "benchmark.changed";
    fn subject(&self) -> Subject {
        Subject::new("benchmark", format!("benchmark_{}", self.number), 1)
    }
}

/// What receivers have seen.
#[derive(Default)]
struct Seen {
    count: AtomicU64,
    /// Number of the change, and when it came in.
    times: Mutex<Vec<(u64, Instant)>>,
}

pub async fn measure(service: &Service, options: &Options, driver: &Driver, table: &mut Table) {
    let on = service.on;
    let bare = bare_posts(driver, options.seconds, 16).await;
    let single = saturate(service, options, driver, 1).await;
    let aim = "≥ 3,300/s";
    table.row(Row {
        operation: "webhook, change to receipt (limit: bare POSTs, 16 at once)",
        on,
        limit: Some(bare),
        rate: Some(single.rate),
        times: None,
        aim,
    });
    table.note(format!(
        "Webhooks to one endpoint, {}: {}.",
        crate::table::name(on),
        single.cpu.each((single.rate * options.seconds.as_secs_f64()) as usize)
    ));
    let bare = bare_posts(driver, options.seconds, 16 * FAN_OUT).await;
    let fan = saturate(service, options, driver, FAN_OUT).await;
    let aim = "≥ 9,800/s";
    table.row(Row {
        operation: "webhook deliveries, fan-out 10 (limit: bare POSTs, 160 at once)",
        on,
        limit: Some(bare),
        rate: Some(fan.rate),
        times: None,
        aim,
    });
    table.note(format!(
        "Webhooks to ten endpoints, {}: {}.",
        crate::table::name(on),
        fan.cpu.each((fan.rate * options.seconds.as_secs_f64()) as usize)
    ));
    let runs = [(1, 0, "p50 1.8 ms, p99 5.0 ms"), (FAN_OUT, 0, ""), (FAN_OUT - 1, 1, "p99 < 1.5 × without it")];
    for (good, hanging, aim) in runs {
        let paced = paced(service, options, driver, good, hanging).await;
        let also = if hanging > 0 { " and one that hangs" } else { "" };
        let operation = format!("webhook, {} changes/s to {good} receiver{}{also}", thousands(PACE), if good == 1 { "" } else { "s" });
        table.row(Row { operation: &operation, on, limit: None, rate: Some(paced.rate), times: Some(&paced), aim });
    }
}

/// Receivers of a vendor's changes.
struct Receivers {
    vendor: VendorId,
    seen: Arc<Seen>,
}

impl Receivers {
    /// A new vendor with endpoints that answer, and some that never do.
    async fn add(service: &Service, driver: &Driver, good: usize, hanging: usize) -> Self {
        let seen = Arc::new(Seen::default());
        let addr = listen(driver, seen.clone()).await;
        let mut admin = Admin::of(service).await;
        let (vendor, key) = admin.vendor("Hooks").await;
        for number in 0..good + hanging {
            let path = if number < good { "good" } else { "hang" };
            let body = json!({ "url": format!("http://{addr}/{path}/{number}"), "event_types": ["*"] });
            admin.post("/v1/webhook-endpoints", &key, body).await;
        }
        Self { vendor: vendor.parse().expect("a vendor's id"), seen }
    }
}

/// Changes from many writers at once: receipts a second.
async fn saturate(service: &Service, options: &Options, driver: &Driver, endpoints: usize) -> Measured {
    let receivers = Receivers::add(service, driver, endpoints, 0).await;
    let made = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            tokio::spawn(write_on(service.app().clone(), receivers.vendor, receivers.seen.clone(), made.clone(), stop.clone(), endpoints as u64))
        })
        .collect();
    sleep(options.warm_up).await;
    let home = service.postgres_home();
    let (from, cpu, began) = (receivers.seen.count.load(Relaxed), Cpu::now(home.as_deref()), Instant::now());
    sleep(options.seconds).await;
    let (received, elapsed) = (receivers.seen.count.load(Relaxed) - from, began.elapsed());
    let cpu = Cpu::now(home.as_deref()) - cpu;
    stop.store(true, Relaxed);
    for writer in writers {
        writer.await.expect("a writer does not panic");
    }
    drained(&receivers.seen, made.load(Relaxed) * endpoints as u64).await;
    Measured::rate(received as f64 / elapsed.as_secs_f64(), cpu)
}

async fn write_on(app: App, vendor: VendorId, seen: Arc<Seen>, made: Arc<AtomicU64>, stop: Arc<AtomicBool>, endpoints: u64) {
    while !stop.load(Relaxed) {
        if made.load(Relaxed).saturating_sub(seen.count.load(Relaxed) / endpoints) >= MOST_UNDER_WAY {
            sleep(Duration::from_millis(1)).await;
            continue;
        }
        let number = made.fetch_add(1, Relaxed);
        if change(&app, vendor, number).await.is_none() {
            made.fetch_sub(1, Relaxed);
        }
    }
}

/// Write one change, and nothing but its event; says when it was committed, if it was.
async fn change(app: &App, vendor: VendorId, number: u64) -> Option<Instant> {
    let actor = Actor::system("benchmark", vendor);
    let done = app.write(&actor, async |tx| {
        tx.emit(Changed { number, what: "x".repeat(DATA) });
        Ok::<_, Problem>(())
    });
    done.await.ok().map(|()| Instant::now())
}

/// Wait for everything that was sent to arrive.
async fn drained(seen: &Seen, wanted: u64) {
    for _ in 0..600 {
        if seen.count.load(Relaxed) >= wanted {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    eprintln!("    {} of {wanted} deliveries came in", seen.count.load(Relaxed));
}

/// Changes at a steady pace: from the commit of each to its receipt by each receiver that answers.
async fn paced(service: &Service, options: &Options, driver: &Driver, good: usize, hanging: usize) -> Measured {
    let receivers = Receivers::add(service, driver, good, hanging).await;
    let interval = Duration::from_secs_f64(1.0 / PACE);
    let (warm_up, count) = ((options.warm_up.as_secs_f64() * PACE) as u64, ((options.warm_up + options.seconds).as_secs_f64() * PACE) as u64);
    let (start, places) = (Instant::now(), Arc::new(Semaphore::new(CONNECTIONS)));
    let mut writing = Vec::new();
    for number in 0..count {
        sleep_until(start + interval * u32::try_from(number).unwrap_or(u32::MAX)).await;
        let place = places.clone().acquire_owned().await;
        let (app, vendor) = (service.app().clone(), receivers.vendor);
        writing.push(tokio::spawn(async move {
            let _place = place;
            change(&app, vendor, number).await
        }));
    }
    let committed: Vec<Option<Instant>> = join_all(writing).await.into_iter().map(|writing| writing.expect("a writer does not panic")).collect();
    drained(&receivers.seen, committed.iter().flatten().count() as u64 * good as u64).await;
    let times = std::mem::take(&mut *receivers.seen.times.lock().expect("receipts"));
    let counted = times.into_iter().filter(|(number, _)| (warm_up..count).contains(number));
    let taken = counted.filter_map(|(number, at)| {
        let committed = committed[usize::try_from(number).ok()?]?;
        Some(u32::try_from(at.saturating_duration_since(committed).as_micros()).unwrap_or(u32::MAX))
    });
    let mut measured = Measured::of(taken.collect());
    measured.rate = measured.count() as f64 / options.seconds.as_secs_f64();
    measured
}

/// POSTs a second of the same client to the same receiver, `at_once` under way, without log, signature or record.
async fn bare_posts(driver: &Driver, time: Duration, at_once: usize) -> f64 {
    let seen = Arc::new(Seen::default());
    let url = format!("http://{}/good/0", listen(driver, seen.clone()).await);
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(at_once).build().expect("a client");
    let end = Instant::now() + time;
    let posting = (0..at_once).map(|_| {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(async move {
            while Instant::now() < end {
                client.post(&url).body("x".repeat(DATA + 500)).send().await.expect("an answer");
            }
        })
    });
    join_all(posting).await;
    seen.count.load(Relaxed) as f64 / time.as_secs_f64()
}

/// Listen on the load's thread.
async fn listen(driver: &Driver, seen: Arc<Seen>) -> SocketAddr {
    let listener = driver.run(async { TcpListener::bind("127.0.0.1:0").await.expect("a free port") }).await;
    let addr = listener.local_addr().expect("an address");
    driver.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(receive(stream, seen.clone()));
        }
    });
    addr
}

/// Take one POST after another from a connection, until the other side is gone.
async fn receive(mut stream: TcpStream, seen: Arc<Seen>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::with_capacity(8_192);
    loop {
        let whole = head_length(&received).map(|head| head + content_length(&received[..head])).filter(|whole| *whole <= received.len());
        let Some(whole) = whole else {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let at = Instant::now();
        if received.starts_with(b"POST /hang") {
            received.drain(..whole);
            continue;
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
        note(&seen, &received[..whole], at);
        received.drain(..whole);
    }
}

fn note(seen: &Seen, request: &[u8], at: Instant) {
    let Some(data) = find(request, b"\"number\":") else {
        // Of the service's own events about endpoints, or a bare POST.
        if find(request, b"webhook-id").is_none() {
            seen.count.fetch_add(1, Relaxed);
        }
        return;
    };
    let digits = request[data + 9..].iter().take_while(|byte| byte.is_ascii_digit());
    let number = digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    seen.times.lock().expect("receipts").push((number, at));
    seen.count.fetch_add(1, Relaxed);
}
