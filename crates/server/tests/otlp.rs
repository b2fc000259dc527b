//! Traces leave over OTLP, from the exporter's own thread, which has no runtime to lean on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The exporter sends what it has every few seconds.
const PATIENCE: Duration = Duration::from_secs(60);

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a collector is sent: path and body of each request.
fn collect(collector: TcpListener, sent: mpsc::Sender<(String, Vec<u8>)>) {
    for stream in collector.incoming().map_while(Result::ok) {
        let mut reader = BufReader::new(stream);
        let (mut path, mut length) = (String::new(), 0);
        for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if path.is_empty() {
                path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() || sent.send((path, body)).is_err() {
            return;
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let _ = reader.get_mut().write_all(answer);
    }
}

#[test]
fn a_request_leaves_a_trace_at_the_collector() {
    let folder = std::env::temp_dir().join(format!("prm-otlp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let collector = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", collector.local_addr().expect("an address"));
    let (sent, arrived) = mpsc::channel();
    std::thread::spawn(move || collect(collector, sent));

    let mut command = Command::new(env!("CARGO_BIN_EXE_prm"));
    command.arg("serve").current_dir(&folder).env("PRM_LISTEN", "127.0.0.1:0").env("PRM_OTLP_ENDPOINT", endpoint);
    let mut service = Service(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("prm starts"));
    let mut lines = BufReader::new(service.0.stdout.take().expect("stdout")).lines().map_while(Result::ok);
    let line = lines.by_ref().find(|line| line.contains("listens on")).expect("prm says where it listens");
    std::thread::spawn(move || lines.for_each(drop));
    let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://")).expect("an address").to_owned();

    let mut stream = TcpStream::connect(address).expect("prm listens");
    stream.write_all(b"GET /v1/vendor HTTP/1.1\r\nhost: prm\r\nconnection: close\r\n\r\n").expect("a request");
    stream.read_to_end(&mut Vec::new()).expect("an answer");

    loop {
        let (path, body) = arrived.recv_timeout(PATIENCE).expect("nothing came to the collector");
        let name = b"GET /v1/vendor";
        if path == "/v1/traces" && body.windows(name.len()).any(|window| window == name) {
            break;
        }
    }
    drop(service);
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}
