//! A throwaway Postgres cluster from the binaries of this machine.
//!
//! `cargo test` runs one process, which owns its cluster. nextest runs a process per test: they share
//! one, made by whoever comes first under a file lock, and stopped when nextest itself has ended.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::Mutex;

/// A running cluster.
pub(crate) struct Cluster {
    /// URL with `{name}` where the database's name stands.
    pub(crate) url: String,
    /// The database to copy.
    pub(crate) template: String,
}

/// The name of the migrated database in a cluster of ours.
pub(crate) const TEMPLATE: &str = "prm_template";

/// A file system in memory, where Linux has one.
const MEMORY: &str = "/dev/shm";

/// Many tests connect at once; nothing in here has to survive a crash of the machine.
const SETTINGS: &str = "
listen_addresses = ''
max_connections = 500
shared_buffers = 256MB
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 1GB
checkpoint_timeout = 1h
log_min_messages = warning
";

/// While this pipe is open the cluster runs.
static OURS: Mutex<Option<ChildStdin>> = Mutex::new(None);

/// Start a cluster, or find the one of this run.
pub(crate) fn start() -> Result<Cluster, String> {
    let home = home();
    let _alone = lock();
    if !(home.join("ready").exists() && answers(&home)) {
        build(&home)?;
    }
    let url = format!("postgres://postgres@localhost/{{name}}?host={}", home.display());
    Ok(Cluster { url, template: TEMPLATE.into() })
}

/// Held while something is made that a run has once.
pub(crate) fn lock() -> File {
    let home = home();
    std::fs::create_dir_all(&home).expect("make a temporary directory");
    let file = File::create(home.join("lock")).expect("make a lock file");
    file.lock().expect("lock a file");
    file
}

fn home() -> PathBuf {
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    scratch().join(format!("prm-pg-{run}"))
}

/// Memory where there is enough of it: a database is two thousand files, and a disk takes a second to make them.
fn scratch() -> PathBuf {
    let free = || {
        let df = Command::new("df").args(["-Pk", MEMORY]).output().ok()?;
        String::from_utf8_lossy(&df.stdout).lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()
    };
    match std::env::var_os("TMPDIR").is_none() && free().is_some_and(|kib| kib > 4 * 1024 * 1024) {
        true => MEMORY.into(),
        false => std::env::temp_dir(),
    }
}

fn build(home: &Path) -> Result<(), String> {
    let binaries = binaries().ok_or("initdb was found neither on the PATH nor under /usr/lib/postgresql.")?;
    // Left behind by an earlier process with our number.
    _ = std::fs::remove_dir_all(home.join("data"));
    let user = other_user()?;
    if let Some((uid, gid)) = user {
        std::os::unix::fs::chown(home, Some(uid), Some(gid)).map_err(|cause| format!("chown failed: {cause}."))?;
    }
    let data = home.join("data");
    let mut initdb = command(&binaries.join("initdb"), home, user);
    initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]).arg(&data);
    let output = initdb.output().map_err(|cause| format!("initdb did not start: {cause}."))?;
    if !output.status.success() {
        return Err(format!("initdb failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let mut config = File::options().append(true).open(data.join("postgresql.conf")).map_err(|cause| cause.to_string())?;
    writeln!(config, "{SETTINGS}unix_socket_directories = '{}'", home.display()).map_err(|cause| cause.to_string())?;
    watch(&binaries, home, user)?;
    await_socket(home)
}

/// Start the server under a shell that outlives us by as much as it takes to stop it and clean up.
fn watch(binaries: &Path, home: &Path, user: Option<(u32, u32)>) -> Result<(), String> {
    let shared = std::env::var_os("NEXTEST_RUN_ID").is_some();
    let until = match shared {
        true => format!("while [ -d /proc/{0} ] || ps -p {0} >/dev/null 2>&1; do sleep 1; done", std::os::unix::process::parent_id()),
        false => "read -r _".to_owned(),
    };
    let script = format!("\"$1\"/postgres -D data >server.log 2>&1 </dev/null & {until}; kill -QUIT $!; wait $!; cd /; rm -rf \"$2\"");
    let mut shell = command(Path::new("/bin/sh"), home, user);
    shell.args(["-c", &script, "prm-test-postgres"]).arg(binaries).arg(home);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = shell.spawn().map_err(|cause| format!("the server did not start: {cause}."))?;
    *OURS.lock().expect("cluster") = child.stdin.take();
    Ok(())
}

fn await_socket(home: &Path) -> Result<(), String> {
    // Once, at the start of a run, for a foreign process: there is nothing to be told by.
    for _ in 0..600 {
        let ready = std::fs::read_to_string(home.join("data/postmaster.pid")).is_ok_and(|text| text.contains("ready"));
        if ready && answers(home) {
            return File::create(home.join("ready")).map(drop).map_err(|cause| cause.to_string());
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let log = std::fs::read_to_string(home.join("server.log")).unwrap_or_default();
    Err(format!("the throwaway cluster did not get ready within 30 s: {log}"))
}

fn answers(home: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(home.join(".s.PGSQL.5432")).is_ok()
}

fn command(program: &Path, home: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    // A group of its own: Ctrl-C is for us, the watcher sees us end.
    command.current_dir(home).env("LC_ALL", "C").env_remove("PGDATA").process_group(0);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

fn binaries() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let has = |directory: &PathBuf| directory.join("initdb").exists() && directory.join("postgres").exists();
    if let Some(found) = on_path.into_iter().find(has) {
        return Some(found);
    }
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path());
    let mut versions: Vec<_> = versions.filter(|path| version(path).is_some()).collect();
    versions.sort_by_key(version);
    versions.into_iter().rev().map(|path| path.join("bin")).find(has)
}

/// Postgres refuses to run as root: then as `postgres`, or as `nobody`.
fn other_user() -> Result<Option<(u32, u32)>, String> {
    let me = std::fs::metadata(std::env::current_exe().map_err(|cause| cause.to_string())?).map_err(|cause| cause.to_string())?;
    let root = is_root().unwrap_or(std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if !root {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").map_err(|cause| cause.to_string())?;
    let entry = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    entry("postgres")
        .or_else(|| entry("nobody"))
        .map(Some)
        .ok_or_else(|| "Postgres does not run as root, and there is no user `postgres` or `nobody`.".into())
}

/// Whether this process runs as root, where /proc tells.
fn is_root() -> Option<bool> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("Uid:"))?;
    Some(line.split_whitespace().nth(2)? == "0")
}
