//! Is this the same company?
//!
//! A pure crate: no I/O, no clock, no database. A company's name is reduced to its significant words
//! ([`normalise`]), two companies are compared field by field with the evidence kept ([`compare`]), exact keys
//! ([`exact_keys`]) are what protection rests on, and a trigram [`Index`] finds the accounts worth comparing.
//!
//! ```
//! use matching::{compare, Prepared, Profile, Relation};
//! let ours = Prepared::of(&Profile::named("Müller & Söhne GmbH"));
//! let theirs = Prepared::of(&Profile::named("MULLER UND SOHNE Gesellschaft mit beschränkter Haftung"));
//! let found = compare(&ours, &theirs);
//! assert!(found.score >= matching::SAME);
//! assert_eq!(found.relation, Relation::Same);
//! ```

mod align;
mod compare;
mod contact;
mod distance;
mod domain;
mod evidence;
mod fold;
mod grams;
mod index;
mod keys;
mod legal;
mod name;
mod numbers;
mod plain;
mod postings;
mod score;
mod tax;
mod tax_check;
mod words;

pub use compare::{Prepared, Profile, compare};
pub use domain::{is_disposable, is_free_mail, registrable_domain};
pub use evidence::{Agreement, Evidence, Field, Match, Relation};
pub use index::{Candidate, Index};
pub use keys::{Key, KeyKind, exact_keys};
pub use legal::FormSet;
pub use name::{Name, normalise};
pub use plain::{edits, plain_words, split_words};
pub use score::{NameMatch, REVIEW, SAME, compare_names};
pub use tax::normalise_tax_id;
pub use tax_check::{TaxIdCheck, check_tax_id};
