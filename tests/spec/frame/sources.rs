//! What the code that serves does not contain, and why.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that may stand only in files whose path contains one of the given parts.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("Command::new", &[], "the service starts no other program"),
    ("process::Command", &[], "the service starts no other program"),
    ("danger_accept", &[], "certificates are verified, always"),
    ("dangerous()", &[], "certificates are verified, always"),
    ("insecure_disable", &[], "no check is switched off"),
    ("dangerous_insecure", &[], "a token is verified before it is read"),
    ("rand::", &["kernel/src/seal", "server/src/frame/"], "what must not be guessed comes from kernel::seal::random"),
    ("fastrand", &[], "what must not be guessed comes from kernel::seal::random"),
    ("thread_rng", &[], "what must not be guessed comes from kernel::seal::random"),
    ("md5", &[], "broken"),
    ("Md5", &[], "broken"),
    ("sha1::", &[], "broken"),
    ("HMAC_SHA1", &["access/src/local/totp"], "the codes of authenticator apps, and nothing else"),
    ("AES_128_CBC", &[], "only authenticated encryption"),
    ("cbc::", &[], "only authenticated encryption"),
    ("ecb::", &[], "no mode at all"),
    ("RSA_PKCS1_", &[], "a weak padding"),
    (
        "std::fs",
        &["server/src/config/", "server/src/cli", "server/src/openapi/", "server/src/demo/", "server/src/saved", "server/src/verify"],
        "no path of a file comes from a request",
    ),
    ("tokio::fs", &["server/src/demo/", "server/src/config/", "server/src/cli"], "no path of a file comes from a request"),
    ("unsafe {", &[], "memory is the compiler's to keep"),
    ("serde_yaml", &[], "requests are JSON, forms or CSV"),
    ("quick_xml", &["screening/src/published/un"], "one list is published as XML; nothing else is"),
    ("bincode", &[], "what is read has a published form"),
    ("include!(", &[], "code comes from the sources"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// What is compiled into the service: without unit tests, whole files or modules at the end.
fn served(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source");
    let tests = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
    if tests { String::new() } else { text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned() }
}

#[test]
fn what_is_dangerous_stands_only_where_it_was_decided() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join("crates")).expect("crates") {
        sources(&entry.expect("a crate").path().join("src"), &mut files);
    }
    sources(&root.join("migrations/src"), &mut files);
    assert!(files.len() > 150, "{}", files.len());
    let mut found = Vec::new();
    for file in files {
        let (text, name) = (served(&file), file.to_string_lossy().replace('\\', "/"));
        for (word, allowed, why) in ONLY_IN {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| line.contains(word));
            if code && !allowed.iter().any(|part| name.contains(part)) {
                found.push(format!("{name} contains `{word}`: {why}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// SQL is written by hand in places; what a caller sent is always a parameter of it, never a part.
#[test]
fn no_statement_is_put_together_from_what_is_quoted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let (mut files, mut found) = (Vec::new(), Vec::new());
    sources(&root, &mut files);
    for file in files.iter().filter(|file| file.to_string_lossy().contains("/src/")) {
        for line in served(file).lines() {
            let statement = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", " WHERE "].iter().any(|word| line.contains(word));
            // A quotation mark before a hole is how text gets into a statement.
            if statement && (line.contains("'{") || line.contains("\\\"{")) {
                found.push(format!("{}: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
