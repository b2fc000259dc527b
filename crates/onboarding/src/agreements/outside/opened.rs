//! A signature service with its secrets, as it is called.

use super::store::ServiceRow;
use super::types::{Known, SignatureDocusign, SignatureDocusignKnown, SignatureDropboxSign, SignatureDropboxSignKnown, SignatureServiceKind};
use super::{docusign, dropbox};
use kernel::seal::{KeyColumn, Sealed};
use kernel::{App, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where credentials lie.
pub const SEALED: Sealed = Sealed {
    table: "signature_services",
    key: &[KeyColumn::Uuid("vendor_id"), KeyColumn::Uuid("id")],
    column: "secrets",
    purpose: |row| Ok(purpose(row.try_get("", "id")?)),
    also: &[],
};

fn purpose(id: Uuid) -> String {
    format!("signature_service:{}", id.simple())
}

/// What is sealed of a service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// DocuSign: the private key, as PEM.
    #[serde(default)]
    pub private_key: String,
    /// DocuSign: what Connect signs with.
    #[serde(default)]
    pub hmac_keys: Vec<String>,
    /// Dropbox Sign: the API key.
    #[serde(default)]
    pub api_key: String,
}

impl Secrets {
    /// Sealed for this service.
    pub fn seal(&self, app: &App, id: Uuid) -> Result<Vec<u8>, Problem> {
        let plain = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(app.sealer().seal(&purpose(id), &plain))
    }

    /// Those of this service.
    pub fn open(app: &App, row: &ServiceRow) -> Result<Self, Problem> {
        let sealed = row.secrets.as_deref().ok_or_else(|| Problem::internal("a signature service has no secrets"))?;
        let plain = app.sealer().open(&purpose(row.id), sealed).map_err(Problem::internal)?;
        serde_json::from_slice(&plain).map_err(Problem::internal)
    }
}

/// Credentials at DocuSign: what is shown of them, and what is sealed.
pub fn split_docusign(sent: SignatureDocusign) -> (Known, Secrets) {
    let known = SignatureDocusignKnown {
        auth_url: sent.auth_url,
        account_id: sent.account_id,
        integration_key: sent.integration_key,
        user_id: sent.user_id,
        hmac_keys: sent.hmac_keys.len() as i64,
    };
    let secrets = Secrets { private_key: sent.private_key, hmac_keys: sent.hmac_keys, ..Secrets::default() };
    (Known { docusign: Some(known), ..Known::default() }, secrets)
}

/// The same at Dropbox Sign.
pub fn split_dropbox(sent: SignatureDropboxSign) -> (Known, Secrets) {
    let known = SignatureDropboxSignKnown { client_id: sent.client_id, test_mode: sent.test_mode };
    (Known { dropbox_sign: Some(known), ..Known::default() }, Secrets { api_key: sent.api_key, ..Secrets::default() })
}

/// A service that may be called.
pub enum Opened {
    /// DocuSign.
    Docusign(docusign::Docusign),
    /// Dropbox Sign.
    Dropbox(dropbox::Dropbox),
}

/// Open a service.
pub fn open(app: &App, row: &ServiceRow) -> Result<Opened, Problem> {
    let (known, secrets) = (row.known()?, Secrets::open(app, row)?);
    let without = || Problem::internal("a signature service lacks its settings");
    let base = row.base_url.trim_end_matches('/').to_owned();
    Ok(match row.kind()? {
        SignatureServiceKind::Docusign => {
            Opened::Docusign(docusign::Docusign { base, id: row.id, revision: row.revision, known: known.docusign.ok_or_else(without)?, secrets })
        }
        SignatureServiceKind::DropboxSign => Opened::Dropbox(dropbox::Dropbox { base, known: known.dropbox_sign.ok_or_else(without)?, secrets }),
    })
}
