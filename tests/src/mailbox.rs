//! A real mail server beside the specification, from `.ci/tools`: what the service sends is read here.

use crate::world::World;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A mail server that takes every letter; it ends with this.
pub struct Mailbox {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// `smtp://127.0.0.1:port`.
    pub url: String,
}

impl Mailbox {
    /// Start one and let the main instance send through it; `None` if it is not installed and need not be.
    pub fn open(world: &World) -> Option<Self> {
        let python = tools().join("python/bin/python");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/smtp.py");
        let is_there = Command::new(&python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !is_there {
            assert!(std::env::var("PRM_TEST_PEERS").as_deref() != Ok("required"), "aiosmtpd is not installed: run .ci/tools/install");
            return None;
        }
        let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a mail server");
        let (input, output) = (child.stdin.take().expect("a pipe"), BufReader::new(child.stdout.take().expect("a pipe")));
        let mut mailbox = Self { child, input, output, url: String::new() };
        let port = mailbox.line()["port"].as_u64().expect("a port");
        mailbox.url = format!("smtp://127.0.0.1:{port}");
        world.app().provide(kernel::mail::Mailer::new(&mailbox.url, "Acme Partners <partners@prm.test>").expect("a mailer"));
        Some(mailbox)
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line of the mail server");
        serde_json::from_str(&line).unwrap_or_else(|cause| panic!("{line}: {cause}"))
    }

    /// The next letter, which was taken already.
    pub fn letter(&mut self) -> Value {
        self.line()
    }

    /// Put the next letters off.
    pub fn refuse(&mut self, letters: u64) {
        writeln!(self.input, "{}", json!({ "refuse": letters })).expect("a command");
        assert_eq!(self.line(), json!({ "refuses": letters }));
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn tools() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")).join("ci-tools")
}

/// What follows `#name=` in the link of a letter or an invitation.
pub fn secret_in(text: &str) -> String {
    let (_, secret) = text.split_once('#').and_then(|(_, rest)| rest.split_once('=')).unwrap_or_else(|| panic!("a link in {text}"));
    secret.split_whitespace().next().expect("a secret").to_owned()
}
