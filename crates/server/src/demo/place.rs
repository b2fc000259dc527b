//! Where the demo runs: a directory that no other demo is using, and a port that is free.

use crate::serve::Failure;
use std::fs::{self, File, TryLockError};
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Demos that may run in one directory at the same time.
const MOST: u32 = 9;
/// What an earlier run leaves behind.
const LEFT_BEHIND: &[&str] = &["prm.db", "prm.db-wal", "prm.db-shm", "prm.db.key"];

/// A directory of this run's own.
pub(super) struct Place {
    directory: PathBuf,
    /// Held until the process ends, so that a second demo does not pull the database from under this one.
    _lock: File,
}

impl Place {
    /// `./prm-demo`, emptied of what an earlier run left; `./prm-demo-2` and so on while another demo runs there.
    pub(super) fn take() -> Result<Self, Failure> {
        for number in 1..=MOST {
            let directory = PathBuf::from(if number == 1 { "prm-demo".to_owned() } else { format!("prm-demo-{number}") });
            let cannot = |cause| format!("The directory {} cannot be used: {cause}.", directory.display());
            fs::create_dir_all(&directory).map_err(cannot)?;
            let lock = File::create(directory.join("lock")).map_err(cannot)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(cause)) => return Err(cannot(cause).into()),
            }
            for name in LEFT_BEHIND {
                let file = directory.join(name);
                if file.exists() {
                    fs::remove_file(&file).map_err(cannot)?;
                }
            }
            return Ok(Self { directory, _lock: lock });
        }
        Err(format!("{MOST} demos run here already; stop one of them.").into())
    }

    /// The database of this run.
    pub(super) fn database(&self) -> PathBuf {
        self.directory.join("prm.db")
    }
}

/// Listen on `wanted`, or on a free port beside it if that one is taken.
pub(super) async fn listen(wanted: SocketAddr) -> Result<TcpListener, Failure> {
    match TcpListener::bind(wanted).await {
        Err(cause) if cause.kind() == std::io::ErrorKind::AddrInUse => Ok(TcpListener::bind((wanted.ip(), 0)).await?),
        Err(cause) => Err(format!("PRM_LISTEN: {wanted} cannot be listened on: {cause}.").into()),
        Ok(listener) => Ok(listener),
    }
}

/// How this process reaches a listener of its own: nobody connects to 0.0.0.0.
pub(super) fn reach(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(if addr.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    addr
}
