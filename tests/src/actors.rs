//! Those who act in specifications: vendors, their partners, and people of both.

use crate::client::{Client, Reply};
use crate::world::World;
use serde_json::{Value, json};
use std::ops::Deref;

/// A vendor, acting with its first admin key.
#[derive(Clone)]
pub struct Vendor {
    /// `vnd_…`.
    pub id: String,
    /// The secret of its first admin key.
    pub key: String,
    world: World,
    client: Client,
}

impl Vendor {
    pub(crate) fn new(world: &World, id: &str, key: &str) -> Self {
        Self { id: id.to_owned(), key: key.to_owned(), world: world.clone(), client: world.bearing(key) }
    }

    /// Its world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The caller that it acts through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A new partner organisation with this name, a reseller.
    pub async fn adds_partner(&self, name: &str) -> Partner {
        self.adds_partner_like(json!({ "name": name, "type": "reseller" })).await
    }

    /// A new partner organisation, described in full.
    pub async fn adds_partner_like(&self, body: Value) -> Partner {
        let made = self.post("/v1/partners", body).await.expect(201);
        Partner { id: made.id(), vendor: self.clone(), made }
    }

    /// A caller with a new API key of this role, narrowed to these scopes (none: all of the role's).
    pub async fn makes_key(&self, role: &str, scopes: &[&str]) -> Client {
        let made = self.post("/v1/api-keys", json!({ "name": format!("{role} key"), "role": role, "scopes": scopes })).await.expect(201);
        self.bearing(&made.text("secret"))
    }

    /// A new person of the vendor itself. Vendors' people have no tokens: they call with keys.
    pub async fn adds_colleague(&self, role: &str) -> Reply {
        let email = format!("{role}-{}@vendor.example", crate::unique());
        self.post("/v1/people", json!({ "name": "A colleague", "email": email, "role": role })).await.expect(201)
    }
}

/// A partner organisation. It acts through its people: see [`Partner::person`].
#[derive(Clone)]
pub struct Partner {
    /// `ptn_…`.
    pub id: String,
    /// The vendor whose partner it is.
    pub vendor: Vendor,
    /// What the vendor was answered when it added the partner.
    pub made: Reply,
}

impl Partner {
    /// A new person in this role (`partner_admin`, `sales`, `engineer`, `executive`), acting with a token minted for them.
    pub async fn person(&self, role: &str) -> Person {
        let email = format!("{role}-{}@partner.example", crate::unique());
        let body = json!({ "name": "Somebody", "email": email, "role": role, "partner_id": self.id });
        let made = self.vendor.post("/v1/people", body).await.expect(201);
        let token = self.vendor.post("/v1/tokens", json!({ "person_id": made.id() })).await.expect(201);
        let client = self.vendor.bearing(&token.text("access_token"));
        Person { id: made.id(), email, partner: self.clone(), client }
    }

    /// Change what the partner is, at the revision that it has now.
    pub async fn is_changed(&self, patch: Value) -> Reply {
        let path = format!("/v1/partners/{}", self.id);
        let etag = self.vendor.get(&path).await.expect(200).etag();
        self.vendor.patch(&path, patch).if_match(etag).await.expect(200)
    }
}

/// A partner's person, acting with an access token.
#[derive(Clone)]
pub struct Person {
    /// `per_…`.
    pub id: String,
    /// Where to write to them.
    pub email: String,
    /// Whose person it is.
    pub partner: Partner,
    client: Client,
}

impl Person {
    /// The same person with a token minted now: one lives for minutes, and clocks are moved by days.
    pub async fn anew(&self) -> Self {
        let vendor = &self.partner.vendor;
        let token = vendor.post("/v1/tokens", json!({ "person_id": self.id })).await.expect(201);
        Self { client: vendor.bearing(&token.text("access_token")), ..self.clone() }
    }
}

impl Deref for Vendor {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Deref for Person {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}
