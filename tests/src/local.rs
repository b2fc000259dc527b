//! People who sign in here: with passwords, authenticator apps and passkeys as others make them.

use crate::actors::Vendor;
use crate::client::{Client, Reply};
use crate::mailbox::secret_in;
use chrono::{DateTime, Utc};
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client as Browser, DefaultClientData};
use passkey::crypto::aws_lc_rs::AwsLcRsBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};
use std::ops::Deref;
use tokio::sync::Mutex;

/// Where portals of specifications are.
pub const PORTAL: &str = "https://portal.contoso.example";
/// A password that nobody has lost yet.
pub const PASSWORD: &str = "vermilion otter bicycle";

/// A person with a password, signed in through a portal.
#[derive(Clone)]
pub struct Local {
    /// `per_…`.
    pub id: String,
    /// Where to write to them.
    pub email: String,
    /// `ptl_…`.
    pub portal: String,
    /// What they were answered when they came in.
    pub joined: Reply,
    client: Client,
}

impl Deref for Local {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Vendor {
    /// A portal at [`PORTAL`].
    pub async fn opens_portal(&self) -> String {
        let body = json!({ "name": "Partner portal", "redirect_uris": [format!("{PORTAL}/signed-in"), "https://other.example/signed-in"] });
        self.post("/v1/portals", body).await.expect(201).id()
    }

    /// A person of the vendor in this role who came in by an invitation, with [`PASSWORD`]. No mail server may be configured.
    pub async fn has_local(&self, role: &str) -> Local {
        let person = self.adds_colleague(role).await;
        self.lets_in(&person.id(), &person.text("email")).await
    }

    /// This person is invited and comes in with [`PASSWORD`]. No mail server may be configured.
    pub async fn lets_in(&self, id: &str, email: &str) -> Local {
        let portal = self.opens_portal().await;
        let secret = self.invites(id, &portal).await;
        let joined = self.world().anonymous().post("/v1/invitations/accept", json!({ "secret": secret, "password": PASSWORD })).await.expect(200);
        let client = self.bearing(joined["token"]["access_token"].as_str().expect("a token"));
        Local { id: id.to_owned(), email: email.to_owned(), portal, joined, client }
    }

    /// The secret of this person's new invitation. No mail server may be configured.
    pub async fn invites(&self, person: &str, portal: &str) -> String {
        let invited = self.post(format!("/v1/people/{person}/invite"), json!({ "client_id": portal })).await.expect(200);
        match invited["link"].as_str() {
            Some(link) => secret_in(link),
            None => {
                let email = self.get(format!("/v1/people/{person}")).await.expect(200).text("email");
                secret_in(&outbox(self, &email).await.text)
            }
        }
    }

    /// A person signs in through this portal, having proved who they are by these methods (RFC 8176).
    pub async fn sees_sign_in_at(&self, portal: &str, person: &str, methods: &[&str]) -> Client {
        let app = self.world().app();
        let (vendor, person) = (self.id.parse().expect("an id"), person.parse().expect("an id"));
        let found =
            access::people::find(&app.db().read_of(vendor).await.expect("a reader"), vendor, person).await.expect("a query").expect("a person");
        let opening = access::sessions::Opening {
            person: found.standing().expect("an active person"),
            portal: Some(portal.parse::<access::portals::PortalId>().expect("an id").0),
            provider: None,
            methods: methods.iter().map(ToString::to_string).collect(),
            device: None,
        };
        let ready = access::sessions::prepare(app, opening).await.expect("a session");
        let actor = kernel::Actor::system("sign_in", vendor);
        let token = app.write(&actor, async |tx| ready.store(tx).await).await.expect("a session");
        self.bearing(&token.access_token)
    }
}

/// The last letter with a secret in its link that waits to be sent to this address.
pub async fn outbox(acme: &Vendor, to: &str) -> kernel::mail::Letter {
    use sea_orm::ConnectionTrait as _;
    let app = acme.world().app();
    let sql = "SELECT id, sealed FROM mails WHERE sealed IS NOT NULL ORDER BY id DESC";
    let db = app.db().read_across_vendors().await.expect("a reader");
    let rows = db.query_all_raw(sea_orm::Statement::from_string(app.db().backend(), sql)).await.expect("a query");
    let opened = |row: sea_orm::QueryResult| {
        let (id, sealed): (uuid::Uuid, Vec<u8>) = (row.try_get("", "id").expect("an id"), row.try_get("", "sealed").expect("a letter"));
        kernel::mail::open(app.sealer(), id, &sealed).expect("it opens")
    };
    rows.into_iter().map(opened).find(|letter| letter.to == to && letter.text.contains('#')).expect("a letter")
}

impl Local {
    /// The same person with another token.
    pub fn with_token(&self, token: &Value) -> Self {
        let token = token["access_token"].as_str().expect("a token");
        Self { client: self.client.bearing(token), ..self.clone() }
    }

    /// The body of a sign-in with this password.
    pub fn sign_in(&self, password: &str) -> Value {
        json!({ "client_id": self.portal, "email": self.email, "password": password })
    }

    /// The person adds an authenticator app: the person with a strong session, the app, the recovery codes.
    pub async fn adds_app(&self, now: DateTime<Utc>) -> (Self, App, Vec<String>) {
        let made = self.post("/v1/me/authenticators/totp", json!({ "name": "My phone" })).await.expect(201);
        let app = App::of(&made.text("otpauth_uri"));
        let path = format!("/v1/me/authenticators/{}/confirm", made["authenticator"]["id"].as_str().expect("an id"));
        let added = self.post(path, json!({ "code": app.code(now) })).await.expect(200);
        let codes = added["recovery_codes"].as_array().into_iter().flatten().map(|code| code.as_str().expect("a code").to_owned()).collect();
        (self.with_token(&added["token"]), app, codes)
    }

    /// The person adds a passkey of this key.
    pub async fn adds_passkey(&self, key: &Key) -> Self {
        let options = self.post("/v1/me/authenticators/passkey-options", json!(null)).await.expect(200);
        let credential = key.makes(PORTAL, &options["options"]).await;
        let body = json!({ "attempt": options["attempt"], "credential": credential, "name": "My laptop" });
        let added = self.post("/v1/me/authenticators/passkeys", body).await.expect(201);
        self.with_token(&added["token"])
    }
}

/// An authenticator app (crate `totp-rs`).
pub struct App(totp_rs::Totp);

impl App {
    /// The app that has read this QR code.
    pub fn of(uri: &str) -> Self {
        Self(totp_rs::Totp::from_url(uri).unwrap_or_else(|cause| panic!("{uri}: {cause:?}")))
    }

    /// The code that it shows at this time.
    pub fn code(&self, at: DateTime<Utc>) -> String {
        self.0.generate(at.timestamp() as u64).to_string()
    }
}

/// A browser with room for a passkey (crate `passkey`).
pub struct Key {
    passkey: Mutex<Option<Passkey>>,
    /// Whether whoever holds it shows their finger.
    pub verified: bool,
}

/// Somebody who is there and shows their finger.
struct Present {
    verified: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for Present {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(&self, _: UiHint<'a, Passkey>, presence: bool, _: bool) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification: self.verified })
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }
}

impl Default for Key {
    fn default() -> Self {
        Self { passkey: Mutex::default(), verified: true }
    }
}

impl Key {
    /// A copy of the key, as a thief would make it: its counter goes its own way.
    pub async fn cloned(&self) -> Self {
        Self { passkey: Mutex::new(self.passkey.lock().await.clone()), verified: self.verified }
    }

    /// A copy that says yes to the page of another host.
    pub async fn deceived_by(&self, host: &str) -> Self {
        let copy = self.cloned().await;
        if let Some(passkey) = copy.passkey.lock().await.as_mut() {
            passkey.rp_id = host.to_owned();
        }
        copy
    }

    fn authenticator(&self, passkey: Option<Passkey>) -> Authenticator<Option<Passkey>, Present, AwsLcRsBackend> {
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), passkey, Present { verified: self.verified }, AwsLcRsBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        authenticator
    }

    /// What the browser answers on a page of `origin` when it is asked to make a passkey.
    pub async fn makes(&self, origin: &str, options: &Value) -> Value {
        let request: CredentialCreationOptions = serde_json::from_value(json!({ "publicKey": options })).expect("options");
        let mut passkey = self.passkey.lock().await;
        let mut browser = Browser::new(self.authenticator(None));
        let made = browser.register(&origin.parse::<url::Url>().expect("an origin"), request, DefaultClientData).await.expect("a passkey");
        *passkey = browser.authenticator().store().clone();
        serde_json::to_value(made).expect("JSON")
    }

    /// What the browser answers on a page of `origin` when it is asked for a passkey.
    pub async fn shows(&self, origin: &str, options: &Value) -> Value {
        let request: CredentialRequestOptions = serde_json::from_value(json!({ "publicKey": options })).expect("options");
        let mut passkey = self.passkey.lock().await;
        let mut browser = Browser::new(self.authenticator(passkey.clone()));
        let shown = browser.authenticate(&origin.parse::<url::Url>().expect("an origin"), request, DefaultClientData).await.expect("an answer");
        *passkey = browser.authenticator().store().clone();
        serde_json::to_value(shown).expect("JSON")
    }
}
