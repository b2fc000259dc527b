//! Passkeys (WebAuthn Level 3): a passkey belongs to one host, where one of the vendor's portals lives. User verification is always required,
//! so a passkey is two factors in one.

use super::store::{self, authenticator};
use crate::portals::portal;
use crate::{authenticate, error};
use kernel::id::PersonId;
use kernel::text::hex;
use kernel::{App, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use webauthn_rs::prelude::{
    Credential, CredentialID, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

/// A passkey as JSON: what a browser gives out or takes.
pub type Json = Map<String, Value>;

/// A challenge that waits for its answer.
#[derive(Serialize, Deserialize)]
pub struct Ceremony {
    origin: String,
    step: Step,
}

#[derive(Serialize, Deserialize)]
enum Step {
    Registration(PasskeyRegistration),
    Authentication(PasskeyAuthentication),
    Discovery(DiscoverableAuthentication),
}

/// The page on which the browser asks for a passkey.
pub struct Place {
    origin: Url,
    host: String,
    webauthn: Webauthn,
}

/// A new passkey, proven to work.
pub struct Registered {
    /// As it is kept.
    pub passkey: Vec<u8>,
    /// The hash of its credential.
    pub credential_hash: Vec<u8>,
    /// The host that it works on.
    pub rp_id: String,
}

impl Place {
    /// Where `portal` is: the origin of its first address, or `origin` if one of its addresses lies there.
    pub fn of(portal: &portal::Model, origin: Option<&str>) -> Result<Self, Problem> {
        let origins = || portal.redirect_uris().into_iter().filter_map(|uri| Url::parse(&uri).ok());
        let wanted = origin.map(|text| text.trim_end_matches('/'));
        let found = origins().find(|url| wanted.is_none_or(|wanted| url.origin().ascii_serialization() == wanted));
        let found = found.ok_or_else(|| Problem::invalid("/origin", "not_registered", "None of the portal's redirect_uris lies at this origin."))?;
        Self::at(&found.origin().ascii_serialization(), &portal.name)
    }

    fn at(origin: &str, name: &str) -> Result<Self, Problem> {
        let unfit = || Problem::invalid("/origin", "unfit", "Browsers know passkeys only at a host with a name.");
        let url = Url::parse(origin).map_err(|_| unfit())?;
        let host = url.domain().ok_or_else(unfit)?.to_owned();
        let webauthn = WebauthnBuilder::new(&host, &url).and_then(|builder| builder.rp_name(name).build()).map_err(|_| unfit())?;
        Ok(Self { origin: url, host, webauthn })
    }

    fn ceremony(&self, step: Step) -> Ceremony {
        Ceremony { origin: self.origin.origin().ascii_serialization(), step }
    }

    /// Begin to add a passkey: what the browser is to be given, and what waits for the answer.
    pub fn register(
        &self,
        app: &App,
        person: PersonId,
        email: &str,
        name: &str,
        known: &[authenticator::Model],
    ) -> Result<(Json, Ceremony), Problem> {
        let known: Vec<CredentialID> = self.passkeys(app, known)?.iter().map(|passkey| passkey.cred_id().clone()).collect();
        let begun = self.webauthn.start_passkey_registration(person.0, email, name, Some(known)).map_err(Problem::internal)?;
        let mut options = json(&begun.0.public_key)?;
        // Found without the name of an account, where the authenticator can: so a passkey alone is enough to sign in.
        if let Some(Value::Object(selection)) = options.get_mut("authenticatorSelection") {
            selection.insert("residentKey".into(), "preferred".into());
        }
        Ok((options, self.ceremony(Step::Registration(begun.1))))
    }

    /// Ask for one of a person's passkeys; `None` if there is none for this place.
    pub fn ask(&self, app: &App, known: &[authenticator::Model]) -> Result<Option<(Json, Ceremony)>, Problem> {
        let known = self.passkeys(app, known)?;
        if known.is_empty() {
            return Ok(None);
        }
        let (options, state) = self.webauthn.start_passkey_authentication(&known).map_err(Problem::internal)?;
        Ok(Some((json(&options.public_key)?, self.ceremony(Step::Authentication(state)))))
    }

    /// Ask for a passkey of whoever is there.
    pub fn discover(&self) -> Result<(Json, Ceremony), Problem> {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(Problem::internal)?;
        Ok((json(&options.public_key)?, self.ceremony(Step::Discovery(state))))
    }

    /// The passkeys among these that work here.
    fn passkeys(&self, app: &App, rows: &[authenticator::Model]) -> Result<Vec<Passkey>, Problem> {
        let here = rows.iter().filter(|row| row.kind == store::PASSKEY && row.rp_id.as_deref() == Some(&self.host));
        here.map(|row| open(app, row)).collect()
    }
}

fn json(options: &impl Serialize) -> Result<Json, Problem> {
    match serde_json::to_value(options) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Problem::internal("options are not an object")),
    }
}

fn open(app: &App, row: &authenticator::Model) -> Result<Passkey, Problem> {
    let plain = app.sealer().open(&authenticator::Model::purpose(row.id), &row.secret).map_err(Problem::internal)?;
    serde_json::from_slice(&plain).map_err(Problem::internal)
}

fn read<T: serde::de::DeserializeOwned>(sent: Json) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(sent))
        .map_err(|_| Problem::invalid("/credential", "invalid_value", "Send what the browser answered, as PublicKeyCredential.toJSON() writes it."))
}

/// How a credential is found without being known.
pub fn credential_hash(id: &[u8]) -> Vec<u8> {
    authenticate::hash(&hex(id)).to_vec()
}

/// The id of the credential that answered.
pub fn answered_by(sent: &Json) -> Result<Vec<u8>, Problem> {
    let answer: PublicKeyCredential = read(sent.clone())?;
    Ok(credential_hash(answer.get_credential_id()))
}

fn refused(_: impl std::fmt::Display) -> Problem {
    Problem::new(error::PASSKEY_REFUSED)
}

/// Check the answer to [`Place::register`].
pub fn registered(ceremony: &Ceremony, sent: Json) -> Result<Registered, Problem> {
    let Step::Registration(state) = &ceremony.step else { return Err(Problem::new(error::PASSKEY_REFUSED)) };
    let place = Place::at(&ceremony.origin, "prm")?;
    let answer: RegisterPublicKeyCredential = read(sent)?;
    let passkey = place.webauthn.finish_passkey_registration(&answer, state).map_err(refused)?;
    let kept = serde_json::to_vec(&passkey).map_err(Problem::internal)?;
    Ok(Registered { credential_hash: credential_hash(passkey.cred_id()), passkey: kept, rp_id: place.host })
}

/// Check the answer to [`Place::ask`] or [`Place::discover`] with the passkey that it names: what the passkey has become, to be kept.
pub fn proven(app: &App, ceremony: Ceremony, row: &authenticator::Model, sent: Json) -> Result<Vec<u8>, Problem> {
    let place = Place::at(&ceremony.origin, "prm")?;
    if row.rp_id.as_deref() != Some(&place.host) {
        return Err(Problem::new(error::PASSKEY_REFUSED));
    }
    let answer: PublicKeyCredential = read(sent)?;
    let mut passkey = open(app, row)?;
    let result = match ceremony.step {
        Step::Authentication(state) => place.webauthn.finish_passkey_authentication(&answer, &state).map_err(refused)?,
        Step::Discovery(state) => {
            // The authenticator says whose passkey it is; the two must agree.
            let (whose, _) = place.webauthn.identify_discoverable_authentication(&answer).map_err(refused)?;
            if whose != row.person_id {
                return Err(Problem::new(error::PASSKEY_REFUSED));
            }
            place.webauthn.finish_discoverable_authentication_v2(&answer, state, &passkey).map_err(refused)?
        }
        Step::Registration(_) => return Err(Problem::new(error::PASSKEY_REFUSED)),
    };
    // The challenge remembers the counter of its beginning; what counts is the one of now (WebAuthn §7.2, step 22).
    let counter = Credential::from(passkey.clone()).counter;
    let is_counting = result.counter() > 0 || counter > 0;
    if !result.user_verified() || is_counting && result.counter() <= counter || result.cred_id() != passkey.cred_id() {
        return Err(Problem::new(error::PASSKEY_REFUSED));
    }
    passkey.update_credential(&result);
    let plain = serde_json::to_vec(&passkey).map_err(Problem::internal)?;
    Ok(app.sealer().seal(&authenticator::Model::purpose(row.id), &plain))
}
