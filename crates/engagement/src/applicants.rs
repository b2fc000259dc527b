//! Letters to those who have no login: whoever made an application.

use crate::mailing;
use crate::ports::{Applicants, Rows};
use crate::reader::Reader;
use crate::recipients::{Data, Recipient};
use crate::templates::Phrasebook;
use crate::view;
use kernel::steps::Occasion;
use kernel::{Problem, Tx};
use serde_json::{Value, json};

/// Write to the applicants among those who are to be told: how many letters, and what was wrong with the template, by language.
///
/// They see of the event what nobody need be inside for: neither rivals nor what is the vendor's own.
pub(crate) async fn tell(
    tx: &mut Tx,
    occasion: &Occasion,
    (to, data): (&[Recipient], &Data),
    template: &str,
    (phrases, vendor): (&Phrasebook, &str),
) -> Result<(usize, Vec<(String, Value)>), Problem> {
    let pointers = to.iter().filter_map(|recipient| match recipient {
        Recipient::Applicant(pointer) => Some(pointer),
        _ => None,
    });
    let ids: Vec<_> = pointers.filter_map(|pointer| data.at(pointer).as_str().map(str::to_owned)).collect();
    let (mut letters, mut troubles) = (0, Vec::new());
    let Some(port) = tx.app().find_service::<Applicants>().filter(|_| !ids.is_empty()) else { return Ok((0, troubles)) };
    let reader = Reader { rivals: false, internal: false, ..Reader::room(tx.vendor()) };
    let app = tx.app().clone();
    let Some(event) = view::seen(&app, Rows::Tx(tx), reader, vec![occasion.event.clone()]).await?.pop() else { return Ok((0, troubles)) };
    let event = view::of_event(&event, reader)?;
    for id in ids {
        let Some(applicant) = port.0.of(tx, &id).await? else { continue };
        let mut context = view::context(&event, &applicant.name, (&applicant.languages, "UTC"), vendor, (&occasion.event.subject.kind, &id));
        context["link"]["url"] = json!(applicant.link);
        let made = phrases.say(template, &applicant.languages, &context);
        if let Some(trouble) = made.trouble {
            let language = made.language;
            let told = json!({ "language": language, "part": trouble.part, "detail": trouble.sentence() });
            troubles.push((language, told));
        }
        mailing::send(tx, &applicant.email, made.rendered).await?;
        letters += 1;
    }
    Ok((letters, troubles))
}
