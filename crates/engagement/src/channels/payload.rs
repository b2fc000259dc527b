//! A message in the words of each chat. What people are named makes no mention, no link and no heading in it.

use super::http::NotificationChannelKind;
use serde_json::{Value, json};

/// Characters that Slack takes in a header.
const SLACK_HEADER: usize = 150;
/// Characters that Slack takes in a section.
const SLACK_SECTION: usize = 3_000;
/// Characters that are sent to Teams, whose messages have at most 28 KB.
const TEAMS_TEXT: usize = 5_000;

/// What is posted.
pub(crate) fn message(kind: NotificationChannelKind, title: &str, text: &str) -> Value {
    match kind {
        NotificationChannelKind::Slack => slack(title, text),
        NotificationChannelKind::Teams => teams(title, text),
    }
}

/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>: blocks, and a text for where they are not shown.
fn slack(title: &str, text: &str) -> Value {
    let header = json!({ "type": "header", "text": { "type": "plain_text", "text": cut(title, SLACK_HEADER), "emoji": false } });
    let mut blocks = vec![header];
    if !text.trim().is_empty() {
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": slack_text(text, SLACK_SECTION), "verbatim": true } }));
    }
    json!({ "text": slack_text(title, SLACK_SECTION), "mrkdwn": false, "blocks": blocks })
}

/// `&`, `<` and `>` are Slack's control characters: without them there is no `<!channel>`, `<@U…>` or `<https://…|…>`. Cut so that no entity is halved.
fn slack_text(text: &str, most: usize) -> String {
    let mut safe = String::new();
    for c in text.trim().chars() {
        let piece: &str = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => &c.to_string(),
        };
        if safe.chars().count() + piece.len() > most {
            break;
        }
        safe.push_str(piece);
    }
    safe
}

/// <https://learn.microsoft.com/connectors/teams/>: the message of a "when a webhook request is received" flow, an adaptive card. Its text
/// runs know no Markdown, and without `msteams.entities` nobody is mentioned.
fn teams(title: &str, text: &str) -> Value {
    let run = |text: &str, weight: &str, size: &str| json!({ "type": "TextRun", "text": text, "weight": weight, "size": size });
    let block = |run: Value| json!({ "type": "RichTextBlock", "inlines": [run] });
    let mut body = vec![block(run(&cut(title, SLACK_HEADER), "Bolder", "Medium"))];
    if !text.trim().is_empty() {
        body.push(block(run(&cut(text, TEAMS_TEXT), "Default", "Default")));
    }
    let card = json!({ "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body,
        "msteams": { "width": "Full" } });
    json!({ "type": "message", "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card }] })
}

fn cut(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn nobody_is_mentioned_in_slack_and_nothing_is_linked() {
        let sent = message(NotificationChannelKind::Slack, "<!channel> wins & <@U1>", "<https://evil.example|here> & more");
        assert_eq!(sent["text"], "&lt;!channel&gt; wins &amp; &lt;@U1&gt;");
        assert_eq!(sent["blocks"][1]["text"]["text"], "&lt;https://evil.example|here&gt; &amp; more");
        assert_eq!(sent["blocks"][0]["text"]["type"], "plain_text");
    }

    #[test]
    fn long_messages_are_cut_to_what_the_chats_take() {
        let (title, text) = ("t".repeat(1_000), "<".repeat(10_000));
        let sent = message(NotificationChannelKind::Slack, &title, &text);
        assert_eq!(sent["blocks"][0]["text"]["text"].as_str().unwrap().len(), SLACK_HEADER);
        let section = sent["blocks"][1]["text"]["text"].as_str().unwrap();
        assert!(section.len() <= SLACK_SECTION && section.ends_with("&lt;"));
        let sent = message(NotificationChannelKind::Teams, &title, &"ü".repeat(20_000)).to_string();
        assert!(sent.len() < 28_000);
    }

    #[test]
    fn teams_gets_text_runs() {
        let sent = message(NotificationChannelKind::Teams, "[x](https://evil.example)", "**b** <at>all</at>");
        let card = &sent["attachments"][0]["content"];
        assert_eq!(sent["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
        assert_eq!(
            card["body"][0]["inlines"][0],
            json!({ "type": "TextRun", "text": "[x](https://evil.example)", "weight": "Bolder", "size": "Medium" })
        );
        assert_eq!(card["body"][1]["type"], "RichTextBlock");
    }
}
