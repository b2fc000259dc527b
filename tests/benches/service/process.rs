//! The process by itself: how soon it is ready, and how much memory it holds at rest.

use crate::http::{Connection, Head};
use crate::proc;
use crate::service::Stopped;
use crate::table::{Table, milliseconds};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(20);
const REST: Duration = Duration::from_secs(2);

/// `prm serve` as it is built for release, on the database that was just measured.
pub async fn measure(stopped: &Stopped, table: &mut Table) {
    let Some(program) = program() else {
        table.note("The binary `prm` is not built for release, so it was not started: `cargo build --workspace --release`.");
        return;
    };
    let (mut times, mut memory) = (Vec::new(), 0);
    for _ in 0..STARTS {
        let addr = free_port();
        let began = Instant::now();
        let mut child = Ended(start(&program, stopped, addr));
        if !is_ready(&mut child.0, addr, began).await {
            table.note(format!("{} did not get ready.", program.display()));
            return;
        }
        times.push(began.elapsed());
        tokio::time::sleep(REST).await;
        memory = memory.max(proc::resident(child.0.id()));
    }
    times.sort_unstable();
    table.figure("process: from start to ready", stopped.on, &milliseconds(times[STARTS / 2]), "< 300 ms");
    table.figure("process: memory at rest", stopped.on, &format!("{:.0} MB", memory as f64 / 1e6), "< 80 MB");
}

/// A process that ends with this guard.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Beside the directory of this benchmark's own binary.
fn program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?.parent()?.parent()?.join("prm");
    program.exists().then_some(program)
}

fn free_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

fn start(program: &PathBuf, stopped: &Stopped, addr: SocketAddr) -> Child {
    let mut command = Command::new(program);
    command.arg("--config").arg(&stopped.config).arg("serve").env_clear().env("PRM_LISTEN", addr.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("prm starts")
}

/// Ask until it says that it is ready.
async fn is_ready(child: &mut Child, addr: SocketAddr, began: Instant) -> bool {
    let mut request = Vec::new();
    Head { method: "GET", path: "/health/ready", token: "", content_type: "", key: None }.write(&mut request, b"");
    while began.elapsed() < PATIENCE && child.try_wait().is_ok_and(|ended| ended.is_none()) {
        if let Ok(mut connection) = Connection::open(addr).await
            && connection.exchange(&request).await.is_ok_and(|answer| answer.status == 200)
        {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}
