//! Inline snapshots of replies: what differs from run to run is named instead.

use serde_json::{Map, Value, json};

/// Compare a reply's status and body with an inline snapshot, on both databases alike.
///
/// Ids become `ptn-1`, `ptn-2` in the order in which they appear; secrets, tokens, cursors and request
/// ids become what they are. Times stay: the clock stands.
#[macro_export]
macro_rules! assert_reply_snapshot {
    ($reply:expr, @$snapshot:literal) => {{
        let told = $reply.told();
        $crate::insta::allow_duplicates! { $crate::insta::assert_json_snapshot!(told, @$snapshot) }
    }};
}

/// The status and body of a reply with everything named that differs from run to run.
pub(crate) fn told(status: u16, body: &Value) -> Value {
    let mut seen = Vec::new();
    json!({ "body": name(body, "", &mut seen), "status": status })
}

fn name(value: &Value, member: &str, seen: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => name_text(text, member, seen).into(),
        Value::Array(items) => items.iter().map(|item| name(item, member, seen)).collect(),
        Value::Object(members) => {
            // By name: in which order members are written is nobody's business.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(member, _)| *member);
            members.into_iter().map(|(member, item)| (member.clone(), name(item, member, seen))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn name_text(text: &str, member: &str, seen: &mut Vec<String>) -> String {
    if matches!(member, "request_id" | "next_cursor" | "access_token" | "secret" | "hint") {
        return format!("[{member}]");
    }
    let Some((prefix, rest)) = text.split_once('_') else { return text.to_owned() };
    let is_id = rest.len() == 26 && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !is_id {
        return text.to_owned();
    }
    if !seen.iter().any(|known| known == text) {
        seen.push(text.to_owned());
    }
    let of_its_kind = seen.iter().filter(|known| known.split('_').next() == Some(prefix));
    let number = of_its_kind.take_while(|known| *known != text).count() + 1;
    format!("{prefix}-{number}")
}
