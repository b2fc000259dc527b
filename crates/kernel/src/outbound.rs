//! Calls to where others say: never redirected, past no proxy, and to the public internet only.

use crate::guard::PublicOnly;
use reqwest::{Client, ClientBuilder, redirect};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Characters of a cause that are kept.
const LONGEST: usize = 200;

/// A client that gives up after `patience`, and after a third of it if nobody is there. Private addresses are called only where the operator allows it.
pub fn client(agent: &str, patience: Duration, allow_private: bool) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(agent)
        .timeout(patience)
        .connect_timeout(patience / 3)
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy();
    if allow_private { builder } else { builder.dns_resolver(Arc::new(PublicOnly)) }
}

/// Why there was no answer, in a sentence.
pub fn explain(error: reqwest::Error) -> String {
    if error.is_timeout() { "It did not answer in time.".to_owned() } else { format!("It could not be reached: {}.", cause(error)) }
}

/// What lies beneath a failed call, in a few words, without the URL: that may be a secret.
pub fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string().chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_fails_is_told_without_the_url() {
        let client = client("test", Duration::from_secs(5), true).build().unwrap();
        let said = explain(client.get("http://127.0.0.1:1/a-secret").send().await.unwrap_err());
        assert!(said.starts_with("It could not be reached: ") && !said.contains("a-secret"), "{said}");
        let said = explain(client.get("nowhere:a-secret").send().await.unwrap_err());
        assert!(said.starts_with("It could not be reached: ") && !said.contains("a-secret"), "{said}");
    }

    #[tokio::test]
    async fn a_name_of_a_private_address_is_not_called() {
        let client = client("test", Duration::from_secs(5), false).build().unwrap();
        let said = explain(client.get("http://localhost:1/").send().await.unwrap_err());
        assert_eq!(said, "It could not be reached: the host resolves to no public address.");
    }
}
