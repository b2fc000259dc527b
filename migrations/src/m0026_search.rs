//! What is searched: a document for each thing, the words that it is found by, and how those may be spelt.
//!
//! A shelf is an owner's things of one kind: those of a partner, or (as the owner of all bits) everybody's. A word stands on a shelf as long as a
//! document does. Beginnings and endings are found by ranges of plain text in the order of its bytes, which both databases serve from the
//! primary key, behind row-level security too: operators of trigram indexes are not leakproof, so there Postgres would not use one.

pub const SQL: &str = "
CREATE TABLE search_documents (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    kind smallint NOT NULL,
    id {uuid} NOT NULL,
    owner {uuid} NOT NULL,
    body text NOT NULL,
    words text NOT NULL,
    revision bigint NOT NULL,
    shape smallint NOT NULL,
    PRIMARY KEY (vendor_id, kind, id)
){table};
CREATE TABLE search_postings (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    owner {uuid} NOT NULL,
    kind smallint NOT NULL,
    word {code} NOT NULL,
    id {uuid} NOT NULL,
    PRIMARY KEY (vendor_id, owner, kind, word, id)
){table};
CREATE TABLE search_terms (
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    owner {uuid} NOT NULL,
    kind smallint NOT NULL,
    term {code} NOT NULL,
    word {code} NOT NULL,
    PRIMARY KEY (vendor_id, owner, kind, term, word)
){table};
";
