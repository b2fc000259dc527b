//! What is typed into a search box, found across everything that one may see.

mod finding;
mod forgetting;
mod hostile;
mod seeing;

use crate::prelude::*;

/// What a caller is answered.
trait Searches {
    async fn searches(&self, typed: &str) -> Reply;
    async fn finds(&self, typed: &str) -> Vec<String>;
}

impl Searches for Client {
    async fn searches(&self, typed: &str) -> Reply {
        let typed: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        self.get(format!("/v1/search?q={typed}")).await.expect(200)
    }

    /// The titles, best first.
    async fn finds(&self, typed: &str) -> Vec<String> {
        self.searches(typed).await.rows().iter().map(|hit| hit["title"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A vendor whose CRM has accounts of these names.
async fn with_accounts(world: &World, names: &[&str]) -> Vendor {
    let acme = world.vendor("Acme").await;
    for (number, name) in names.iter().enumerate() {
        acme.put(format!("/v1/accounts/A-{number}"), json!({ "name": name, "country": "DE" })).await.expect(201);
    }
    world.settle().await;
    acme
}
