//! Signed notes (C2SP signed-note) and the checkpoints that they carry (C2SP tlog-checkpoint), with Ed25519.

use super::merkle::Hash;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The byte that says Ed25519 (C2SP signed-note, signature types).
const ED25519_KIND: u8 = 1;

/// Something that is not a note, a checkpoint or a key of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadNote(pub &'static str);

/// What verifies a note: the key's name and an Ed25519 public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    /// The key's name.
    pub name: String,
    /// The public key.
    pub public: [u8; 32],
}

impl Verifier {
    /// The four bytes that name the key in a signature.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519_KIND]).chain_update(self.public).finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// As a verifier key is written: `name+id+base64`.
    pub fn write(&self) -> String {
        let id = u32::from_be_bytes(self.id());
        format!("{}+{id:08x}+{}", self.name, STANDARD.encode([&[ED25519_KIND], self.public.as_slice()].concat()))
    }

    /// Read what [`Verifier::write`] wrote.
    pub fn read(text: &str) -> Result<Self, BadNote> {
        let bad = BadNote("this is not the verifier key of a note: name+id+base64");
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(bad) };
        let key = STANDARD.decode(key).map_err(|_| bad.clone())?;
        let public = match key.split_first() {
            Some((&ED25519_KIND, public)) => public.try_into().map_err(|_| bad.clone())?,
            _ => return Err(bad),
        };
        let verifier = Self { name: name.to_owned(), public };
        if format!("{:08x}", u32::from_be_bytes(verifier.id())) == id { Ok(verifier) } else { Err(bad) }
    }

    /// Whether `note` carries a signature of this key that fits.
    pub fn verifies(&self, note: &Note) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.public);
        let ours = note.signatures.iter().filter(|(name, bytes)| *name == self.name && bytes.starts_with(&self.id()));
        ours.into_iter().any(|(_, bytes)| key.verify(note.text.as_bytes(), &bytes[4..]).is_ok())
    }
}

/// A note that was read: its text, and the signatures under it by the name of their key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed, with its last line break.
    pub text: String,
    signatures: Vec<(String, Vec<u8>)>,
}

impl Note {
    /// Read a note.
    pub fn read(note: &str) -> Result<Self, BadNote> {
        let bad = BadNote("this is not a signed note: text, an empty line, and lines that begin with a dash");
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(bad.clone())?;
        let line = |line: &str| {
            let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            Some((name.to_owned(), STANDARD.decode(signature).ok().filter(|bytes| bytes.len() > 4)?))
        };
        let signatures = signatures.strip_suffix('\n').unwrap_or(signatures).lines().map(line).collect::<Option<Vec<_>>>().ok_or(bad.clone())?;
        if signatures.is_empty() { Err(bad) } else { Ok(Self { text: format!("{text}\n"), signatures }) }
    }
}

/// What signs notes.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl Signer {
    /// The signer of this name with this secret.
    pub fn new(name: &str, secret: &[u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(secret).expect("32 bytes are an Ed25519 seed");
        let public = pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes");
        Self { pair, verifier: Verifier { name: name.to_owned(), public } }
    }

    /// What verifies its notes.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// `text`, which ends with a line break, and the signature under it.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let bytes = [self.verifier.id().as_slice(), signature.as_ref()].concat();
        format!("{text}\n\u{2014} {} {}\n", self.verifier.name, STANDARD.encode(bytes))
    }
}

/// What a checkpoint says: the log of this origin had this root when it had this many events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointText {
    /// Which log.
    pub origin: String,
    /// How many events.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

impl CheckpointText {
    /// As it is signed.
    pub fn write(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Read the text of a note; lines after the third are extensions.
    pub fn read(text: &str) -> Result<Self, BadNote> {
        let bad = BadNote("this note is not a checkpoint: origin, size and root, each on a line");
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else { return Err(bad) };
        let number: u64 = size.parse().map_err(|_| bad.clone())?;
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok()).ok_or(bad.clone())?;
        // One spelling for each number.
        if origin.is_empty() || number.to_string() != size { Err(bad) } else { Ok(Self { origin: origin.to_owned(), size: number, root }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and note that the specification's reference implementation is documented with.
    #[test]
    fn the_known_key_signs_the_known_note() {
        let verifier = Verifier::read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let known =
            format!("{text}\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n");
        let note = Note::read(&known).unwrap();
        assert_eq!(note.text, text);
        assert!(verifier.verifies(&note));
        let secret = STANDARD.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").unwrap();
        let signer = Signer::new("PeterNeumann", secret[1..].try_into().unwrap());
        assert_eq!(signer.verifier().write(), verifier.write());
        assert_eq!(signer.sign(text), known);
    }

    #[test]
    fn a_checkpoint_survives_the_note_and_every_change_of_it_is_found() {
        let signer = Signer::new("log.example/vnd_1", &[7; 32]);
        let text = CheckpointText { origin: "log.example/vnd_1".into(), size: 42, root: [9; 32] };
        let signed = signer.sign(&text.write());
        let note = Note::read(&signed).unwrap();
        assert_eq!(CheckpointText::read(&note.text).unwrap(), text);
        assert!(signer.verifier().verifies(&note));
        for (from, to) in [("42", "41"), ("log.example/vnd_1\n42", "log.example/vnd_2\n42"), ("CQkJ", "CQkK")] {
            let forged = Note::read(&signed.replacen(from, to, 1)).unwrap();
            assert!(!signer.verifier().verifies(&forged), "{from} to {to}");
        }
        assert!(!Signer::new("log.example/vnd_1", &[8; 32]).verifier().verifies(&note));
        for garbage in ["", "x", "a\n\nb\n", "a\n\n\u{2014} name !!\n"] {
            assert!(Note::read(garbage).is_err(), "{garbage:?}");
        }
        for garbage in ["a\n", "a\n042\nCQk=\n", "\n42\nCQk=\n", "a\n-1\nCQk=\n"] {
            assert!(CheckpointText::read(garbage).is_err(), "{garbage:?}");
        }
    }
}
