//! Passwords: Argon2id, in memory that a flood cannot eat.
//!
//! Length is what counts (NIST SP 800-63B-4 §3.1.1): at least 15 characters, or 8 for whoever signs in with a second factor as well.
//! No rules of composition; what is on the list of leaked passwords, or says little beside the names of person and vendor, is refused.

mod leaked;
mod rules;

pub use rules::check;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{App, Problem};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

/// Passwords hashed at the same time; each takes [`Cost::memory`].
const AT_ONCE: usize = 4;

/// What a hash costs whoever guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// The second of OWASP's equivalent settings for Argon2id.
impl Default for Cost {
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// Hashes passwords, a few at a time.
pub struct Hashing {
    cost: Cost,
    seats: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self::at(Cost::default())
    }
}

impl Hashing {
    /// Hash at this cost.
    pub fn at(cost: Cost) -> Self {
        Self { cost, seats: Semaphore::new(AT_ONCE) }
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the password.
    pub right: bool,
    /// Whether its hash was made at another cost than today's.
    pub outdated: bool,
}

/// The same password in whatever composition it was typed (NIST SP 800-63B-4 §3.1.1.2).
fn plain(password: &str) -> String {
    password.nfc().collect()
}

fn argon2(cost: Cost) -> Argon2<'static> {
    let params = Params::new(cost.memory, cost.passes, cost.lanes, None).expect("a cost that Argon2 takes");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(cost: Cost, password: &str) -> Result<String, Problem> {
    let salt = SaltString::encode_b64(&kernel::seal::random::<16>()).map_err(Problem::internal)?;
    argon2(cost).hash_password(plain(password).as_bytes(), &salt).map(|hash| hash.to_string()).map_err(Problem::internal)
}

/// Away from the threads that answer requests, and a few at a time.
async fn at_a_seat<T: Send + 'static>(app: &App, work: impl FnOnce(Cost) -> T + Send + 'static) -> Result<T, Problem> {
    let hashing = app.service::<Hashing>();
    let _seat = hashing.seats.acquire().await.map_err(Problem::internal)?;
    let cost = hashing.cost;
    tokio::task::spawn_blocking(move || work(cost)).await.map_err(Problem::internal)
}

/// The hash of a new password, in the form that password-hashing competitors agreed on (PHC).
pub async fn hash(app: &App, password: &str) -> Result<String, Problem> {
    let password = password.to_owned();
    at_a_seat(app, move |cost| hash_now(cost, &password)).await?
}

/// Whether `password` is the one of `hash`; without a hash the same work is done and the answer is no.
pub async fn verify(app: &App, password: &str, hash: Option<String>) -> Result<Verdict, Problem> {
    let password = password.to_owned();
    at_a_seat(app, move |cost| match hash {
        None => hash_now(cost, &password).map(|_| Verdict { right: false, outdated: false }),
        Some(hash) => compare(cost, &password, &hash),
    })
    .await?
}

fn compare(cost: Cost, password: &str, hash: &str) -> Result<Verdict, Problem> {
    let kept = PasswordHash::new(hash).map_err(Problem::internal)?;
    let today = argon2(cost);
    let params = Params::try_from(&kept).map_err(Problem::internal)?;
    let same = |a: &Params, b: &Params| (a.m_cost(), a.t_cost(), a.p_cost()) == (b.m_cost(), b.t_cost(), b.p_cost());
    // The verifier takes the cost from the hash itself.
    let right = today.verify_password(plain(password).as_bytes(), &kept).is_ok();
    Ok(Verdict { right, outdated: !same(&params, today.params()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

    #[test]
    fn a_password_is_the_same_in_any_composition() {
        let hash = hash_now(CHEAP, "caf\u{e9} noir sans sucre").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(compare(CHEAP, "cafe\u{301} noir sans sucre", &hash).unwrap().right);
        assert!(!compare(CHEAP, "cafe noir sans sucre", &hash).unwrap().right);
    }

    #[test]
    fn a_hash_of_another_cost_still_holds_and_is_known_as_outdated() {
        let hash = hash_now(CHEAP, "four ordinary words here").unwrap();
        let verdict = compare(Cost { passes: 2, ..CHEAP }, "four ordinary words here", &hash).unwrap();
        assert_eq!(verdict, Verdict { right: true, outdated: true });
        assert!(!compare(CHEAP, "four ordinary words here", &hash).unwrap().outdated);
    }
}
