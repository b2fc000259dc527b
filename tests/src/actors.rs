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

    /// A partner organisation that is there already.
    pub async fn finds_partner(&self, id: &str) -> Partner {
        let made = self.get(format!("/v1/partners/{id}")).await.expect(200);
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

/// A person who is signed in, acting with the access token of their session.
#[derive(Clone)]
pub struct SignedIn {
    /// `ses_…`.
    pub session: String,
    /// Gets the next token.
    pub refresh_token: String,
    client: Client,
}

impl Vendor {
    /// A person of the vendor or of a partner signs in, having proved who they are by these methods (RFC 8176).
    pub async fn sees_sign_in(&self, person: &str, methods: &[&str]) -> SignedIn {
        let app = self.world.app();
        let (vendor, person) = (self.id.parse().expect("an id"), person.parse().expect("an id"));
        let db = app.db().read_of(vendor).await.expect("a reader");
        let found = access::people::find(&db, vendor, person).await.expect("a query").expect("a person");
        drop(db);
        let opening = access::sessions::Opening {
            person: found.standing().expect("an active person"),
            portal: None,
            provider: None,
            methods: methods.iter().map(ToString::to_string).collect(),
            device: Some("A test".into()),
        };
        let ready = access::sessions::prepare(app, opening).await.expect("a session");
        let actor = kernel::Actor::system("sign_in", vendor);
        let token = app.write(&actor, async |tx| ready.store(tx).await).await.expect("a session");
        SignedIn {
            session: token.session_id.expect("a session").to_string(),
            refresh_token: token.refresh_token.expect("a refresh token"),
            client: self.bearing(&token.access_token),
        }
    }
}

impl Vendor {
    /// A new colleague in this role whose reach is narrowed so, signed in.
    pub async fn narrowed(&self, role: &str, reach: Value) -> SignedIn {
        let colleague = self.adds_colleague(role).await.id();
        self.put(format!("/v1/people/{colleague}/reach"), reach).await.expect(200);
        self.sees_sign_in(&colleague, &["pwd"]).await
    }
}

impl Person {
    /// The person signs in, having proved who they are by these methods (RFC 8176).
    pub async fn signs_in(&self, methods: &[&str]) -> SignedIn {
        self.partner.vendor.sees_sign_in(&self.id, methods).await
    }
}

impl Deref for SignedIn {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
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
