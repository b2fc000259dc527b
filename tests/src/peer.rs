//! A real OpenID provider (npm `oidc-provider`) in a process of its own, and the browser that goes through its pages.
//!
//! The provider lives by the machine's clock: worlds that meet it say `[machine_time = true]`, and their clock then stands at the time at
//! which they began. Its tools are installed by `.ci/tools/install`; without them such specifications pass unseen, unless
//! `PRM_TEST_PEERS=required`.

use crate::client::Reply;
use crate::world::{PUBLIC_URL, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use url::Url;

/// A running provider, until it is dropped.
pub struct Peer {
    /// Its issuer: `http://127.0.0.1:port`.
    pub issuer: String,
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Peer {
    /// A provider with one client `prm` and these accounts: the name that is typed, and its claims. `None` if its tools are not here.
    pub fn start(accounts: Value) -> Option<Self> {
        let tools = tools()?;
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/oidc-provider.mjs");
        let mut command = Command::new("node");
        command.arg(script).arg(tools).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("node starts");
        let pipes = (child.stdin.take().expect("its input"), BufReader::new(child.stdout.take().expect("its output")));
        let mut peer = Self { issuer: String::new(), child, pipes: Mutex::new(pipes) };
        let client = json!({
            "client_id": "prm", "client_secret": "a-secret-of-the-provider", "redirect_uris": [format!("{PUBLIC_URL}/v1/sso/callback")],
            "grant_types": ["authorization_code"], "response_types": ["code"]
        });
        peer.issuer = peer.tell(json!({ "clients": [client], "accounts": accounts }))["issuer"].as_str().expect("an issuer").to_owned();
        Some(peer)
    }

    /// From now on it signs with another key, and publishes that alone.
    pub fn rotates_its_keys(&self) {
        self.tell(json!({ "rotate": true }));
    }

    /// How often this path was asked for.
    pub fn asked(&self, path: &str) -> u64 {
        self.tell(json!({ "asked": path }))["asked"].as_u64().expect("a number")
    }

    /// More accounts, or other claims of known ones.
    pub fn knows(&self, accounts: Value) {
        self.tell(json!({ "accounts": accounts }));
    }

    fn tell(&self, command: Value) -> Value {
        let mut pipes = self.pipes.lock().expect("the pipes");
        writeln!(pipes.0, "{command}").expect("it listens");
        loop {
            let mut line = String::new();
            assert!(pipes.1.read_line(&mut line).expect("it answers") > 0, "the provider has ended");
            if let Ok(answer) = serde_json::from_str::<Value>(&line) {
                return answer;
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn tools() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let tools = target.join("ci-tools/node");
    let node = || Command::new("node").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    if tools.join("node_modules/oidc-provider").is_dir() && node() {
        return Some(tools);
    }
    assert!(std::env::var("PRM_TEST_PEERS").as_deref() != Ok("required"), "PRM_TEST_PEERS=required, but run .ci/tools/install first");
    None
}

/// What npm `jose` finds of a protection certificate: its `claims`, or why it is `refused`. `None` if its tools are not here.
pub fn verifies_certificate(certificate: &str, jwks: &Value, now: &str) -> Option<Value> {
    verifies_statement(certificate, "prm-protection+jwt", jwks, now)
}

/// The same of any statement of ours, by its type.
pub fn verifies_statement(certificate: &str, typ: &str, jwks: &Value, now: &str) -> Option<Value> {
    let tools = tools()?;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/certificate.mjs");
    let mut child =
        Command::new("node").arg(script).arg(tools).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("node starts");
    let asked = json!({ "certificate": certificate, "jwks": jwks, "issuer": PUBLIC_URL, "now": now, "typ": typ });
    write!(child.stdin.take().expect("its input"), "{asked}").expect("it listens");
    let output = child.wait_with_output().expect("it ends");
    Some(serde_json::from_slice(&output.stdout).expect("its answer"))
}

/// What poppler's `pdftotext` reads in a PDF, page by page; `None` if it is not here and need not be.
pub fn reads_pdf(bytes: &[u8]) -> Option<String> {
    let command = || Command::new("pdftotext");
    if !command().arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        assert!(
            std::env::var("PRM_TEST_PEERS").as_deref() != Ok("required"),
            "PRM_TEST_PEERS=required, but pdftotext (poppler-utils) is not installed"
        );
        return None;
    }
    let mut child =
        command().args(["-enc", "UTF-8", "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let (mut input, bytes) = (child.stdin.take().expect("its input"), bytes.to_vec());
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().expect("it ends");
    _ = writing.join();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("text"))
}

/// A browser: it keeps cookies and follows redirects, at the provider over the network and at ours in the world.
pub struct Browser {
    world: World,
    http: reqwest::Client,
    /// By host, then by name.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

impl Browser {
    /// One that has been nowhere yet.
    pub fn new(world: &World) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("a client");
        Self { world: world.clone(), http, cookies: BTreeMap::new() }
    }

    /// GET one of our own paths with the cookies that we gave.
    pub async fn visits(&mut self, path: &str) -> Reply {
        let cookies = self.sent_to("prm.test");
        let reply = self.world.anonymous().get(path).header("cookie", &cookies).header("user-agent", "A browser").await;
        let set: Vec<_> = reply.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
        self.keep("prm.test", set);
        reply
    }

    /// From one of our paths through the provider's pages, as `login`, until the portal is reached: the address there.
    pub async fn signs_in(&mut self, path: &str, login: &str) -> Url {
        let callback = self.reaches_callback(path, login).await;
        let reply = self.visits(&callback).await.expect(302);
        location(&reply)
    }

    /// The same, but stopping at the path on which the provider sends the browser back to us.
    pub async fn reaches_callback(&mut self, path: &str, login: &str) -> String {
        let mut next = location(&self.visits(path).await.expect(302));
        let mut form: Option<String> = None;
        for _ in 0..20 {
            if let Some(path) = next.as_str().strip_prefix(PUBLIC_URL) {
                return path.to_owned();
            }
            let host = next.authority().to_owned();
            let request = match form.take() {
                Some(form) => self.http.post(next.clone()).header("content-type", "application/x-www-form-urlencoded").body(form),
                None => self.http.get(next.clone()),
            };
            let answer = request.header("cookie", self.sent_to(&host)).send().await.expect("the provider answers");
            let set = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
            self.keep(&host, set);
            if answer.status().is_redirection() {
                next = next.join(answer.headers()["location"].to_str().expect("text")).expect("an address");
                continue;
            }
            let (status, page) = (answer.status(), answer.text().await.expect("a page"));
            let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
            next = next.join(action.unwrap_or_else(|| panic!("{status} without a form: {page}"))).expect("an address");
            form = Some(if page.contains("name=\"login\"") { format!("prompt=login&login={login}&password=x") } else { "prompt=consent".into() });
        }
        panic!("the provider goes round in circles: {next}");
    }

    fn sent_to(&self, host: &str) -> String {
        let all = self.cookies.get(host).into_iter().flatten().map(|(name, value)| format!("{name}={value}"));
        all.collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, host: &str, set: Vec<String>) {
        let jar = self.cookies.entry(host.to_owned()).or_default();
        for (name, value) in set.iter().filter_map(|line| line.split(';').next()?.split_once('=')) {
            if value.is_empty() { drop(jar.remove(name)) } else { drop(jar.insert(name.to_owned(), value.to_owned())) }
        }
    }
}

/// Where a reply sends the browser.
#[track_caller]
pub fn location(reply: &Reply) -> Url {
    let text = reply.header("location").unwrap_or_else(|| panic!("expected a redirect\n{reply}"));
    Url::parse(text).expect("an address")
}

/// A parameter of an address.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
