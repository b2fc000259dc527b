//! The consolidated list of the Security Council of the United Nations, as XML.
//!
//! Read as a stream of elements: document types and entities of their own are refused, so that nothing is fetched and nothing swells.

use super::{Fault, LONGEST_REMARKS, MOST_ENTRIES, add_birth, add_country, add_name, year};
use crate::entry::{Birth, Entry, EntryKind, Quality};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements within one another, at most.
const DEEPEST: usize = 12;
/// Bytes of text of one element, at most.
const LONGEST_TEXT: usize = 64 << 10;

/// Read the file; what is wrong with it if anything is.
pub fn un(xml: &[u8]) -> Result<Vec<Entry>, Vec<Fault>> {
    let mut reader = Reader::from_reader(xml);
    let mut list = List::default();
    loop {
        let step = reader.read_event().map_err(|cause| ("xml", format!("This is not well-formed: {cause}.")));
        match step.and_then(|event| list.take(event)) {
            Ok(true) => {}
            Ok(false) if list.entries.is_empty() => return Err(vec![Fault::new("xml", 1, "empty", "The file names nobody.")]),
            Ok(false) => return Ok(list.entries),
            Err((code, detail)) => {
                let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(xml.len());
                let line = xml[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
                return Err(vec![Fault::new("xml", line, code, detail)]);
            }
        }
    }
}

type Wrong = (&'static str, String);

#[derive(Default)]
struct List {
    path: Vec<String>,
    text: String,
    ended: bool,
    current: Option<Draft>,
    entries: Vec<Entry>,
    ids: rustc_hash::FxHashSet<String>,
}

/// An entry that is being read.
struct Draft {
    entry: Entry,
    names: [String; 4],
    original: String,
    alias: (String, String),
    born: Born,
}

#[derive(Default)]
struct Born {
    kind: String,
    date: String,
    years: Vec<i32>,
}

impl List {
    /// Whether there is more to come.
    fn take(&mut self, event: Event<'_>) -> Result<bool, Wrong> {
        match event {
            Event::Start(tag) => self.open(name(tag.name().as_ref()))?,
            Event::Empty(tag) => {
                self.open(name(tag.name().as_ref()))?;
                self.close()?;
            }
            Event::End(_) => self.close()?,
            Event::Text(text) => self.say(&text.decode().map_err(|cause| ("encoding", format!("{cause}.")))?)?,
            Event::CData(text) => self.say(&text.decode().map_err(|cause| ("encoding", format!("{cause}.")))?)?,
            Event::GeneralRef(reference) => {
                let named = reference.decode().map_err(|cause| ("encoding", format!("{cause}.")))?;
                let letter = reference.resolve_char_ref().ok().flatten().map(String::from);
                let known = letter.or_else(|| quick_xml::escape::resolve_predefined_entity(&named).map(str::to_owned));
                self.say(&known.ok_or_else(|| ("entity", format!("The entity {} is not known.", named.chars().take(40).collect::<String>())))?)?;
            }
            Event::DocType(_) => return Err(("doctype", "A document type is not taken: it could bring in other files.".into())),
            Event::Eof if self.ended => return Ok(false),
            Event::Eof => return Err(("truncated", "The file ends before its root element does: it was cut off.".into())),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
        Ok(true)
    }

    fn open(&mut self, name: String) -> Result<(), Wrong> {
        if self.ended || self.path.is_empty() && name != "CONSOLIDATED_LIST" {
            return Err(("root", "The root element is not CONSOLIDATED_LIST.".into()));
        }
        if self.path.len() >= DEEPEST {
            return Err(("depth", format!("Elements lie at most {DEEPEST} deep.")));
        }
        let kind = match name.as_str() {
            "INDIVIDUAL" => Some(EntryKind::Person),
            "ENTITY" => Some(EntryKind::Entity),
            _ => None,
        };
        if let Some(kind) = kind.filter(|_| self.path.len() == 2 && self.current.is_none()) {
            self.current = Some(Draft::new(kind));
        }
        self.path.push(name);
        self.text.clear();
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), Wrong> {
        if self.text.len() + text.len() > LONGEST_TEXT {
            return Err(("text", format!("The text of an element has at most {LONGEST_TEXT} bytes.")));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Wrong> {
        let Some(name) = self.path.pop() else { return Ok(()) };
        self.ended = self.path.is_empty();
        let text = std::mem::take(&mut self.text);
        if self.path.len() == 2 && matches!(name.as_str(), "INDIVIDUAL" | "ENTITY") {
            return match self.current.take() {
                Some(draft) => self.keep(draft.done()?),
                None => Ok(()),
            };
        }
        if let Some(draft) = &mut self.current {
            draft.take(self.path.get(3).map(String::as_str), &name, text.trim());
        }
        Ok(())
    }

    fn keep(&mut self, entry: Entry) -> Result<(), Wrong> {
        if self.entries.len() >= MOST_ENTRIES {
            return Err(("too_many", format!("A list has at most {MOST_ENTRIES} entries.")));
        }
        if !self.ids.insert(entry.id.clone()) {
            return Err(("repeated", format!("Entry {} comes twice.", entry.id)));
        }
        self.entries.push(entry);
        Ok(())
    }
}

fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(60).collect()
}

impl Draft {
    fn new(kind: EntryKind) -> Self {
        let entry =
            Entry { id: String::new(), kind, names: Vec::new(), programmes: Vec::new(), births: Vec::new(), countries: Vec::new(), remarks: None };
        Self { entry, names: Default::default(), original: String::new(), alias: Default::default(), born: Born::default() }
    }

    /// The element `name` has ended, within `group` if it is one of several parts.
    fn take(&mut self, group: Option<&str>, name: &str, text: &str) {
        match (group, name) {
            (None, "DATAID") => self.entry.id = text.chars().take(40).collect(),
            (None, "FIRST_NAME") => self.names[0] = text.to_owned(),
            (None, "SECOND_NAME") => self.names[1] = text.to_owned(),
            (None, "THIRD_NAME") => self.names[2] = text.to_owned(),
            (None, "FOURTH_NAME") => self.names[3] = text.to_owned(),
            (None, "NAME_ORIGINAL_SCRIPT") => self.original = text.to_owned(),
            (None, "UN_LIST_TYPE") if !text.is_empty() => self.entry.programmes.push(text.chars().take(100).collect()),
            (None, "COMMENTS1") if !text.is_empty() => self.entry.remarks = Some(text.chars().take(LONGEST_REMARKS).collect()),
            (Some("NATIONALITY"), "VALUE") | (_, "COUNTRY") => add_country(&mut self.entry, text),
            (_, "QUALITY") => self.alias.0 = text.to_ascii_lowercase(),
            (_, "ALIAS_NAME") => self.alias.1 = text.to_owned(),
            (None, "INDIVIDUAL_ALIAS" | "ENTITY_ALIAS") => self.alias_ends(),
            (Some("INDIVIDUAL_DATE_OF_BIRTH"), "TYPE_OF_DATE") => self.born.kind = text.to_ascii_lowercase(),
            (Some("INDIVIDUAL_DATE_OF_BIRTH"), "DATE") => self.born.date = text.to_owned(),
            (Some("INDIVIDUAL_DATE_OF_BIRTH"), "YEAR" | "FROM_YEAR" | "TO_YEAR") => self.born.years.extend(year(text)),
            (None, "INDIVIDUAL_DATE_OF_BIRTH") => {
                let born = std::mem::take(&mut self.born).read();
                add_birth(&mut self.entry, born);
            }
            _ => {}
        }
    }

    fn alias_ends(&mut self) {
        let (quality, text) = std::mem::take(&mut self.alias);
        let quality = if quality.contains("low") { Quality::Weak } else { Quality::Strong };
        // Several spellings are published in one element.
        text.split(';').for_each(|name| _ = add_name(&mut self.entry, name, quality));
    }

    fn done(mut self) -> Result<Entry, Wrong> {
        if self.entry.id.is_empty() {
            return Err(("id", "An entry has no DATAID.".into()));
        }
        let others = std::mem::take(&mut self.entry.names);
        let name = self.names.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        add_name(&mut self.entry, &name, Quality::Primary);
        if self.entry.names.is_empty() {
            return Err(("name", format!("Entry {} has no name.", self.entry.id)));
        }
        add_name(&mut self.entry, &self.original, Quality::Strong);
        for other in others {
            if !add_name(&mut self.entry, &other.text, other.quality) {
                return Err(("too_many_names", format!("Entry {} has too many names.", self.entry.id)));
            }
        }
        Ok(self.entry)
    }
}

impl Born {
    fn read(self) -> Option<Birth> {
        let parts: Vec<&str> = self.date.split(['-', 'T']).collect();
        if let [year_text, month, day, ..] = parts.as_slice()
            && let (Some(year), Ok(month), Ok(day)) = (year(year_text), month.parse::<u8>(), day.get(..2).unwrap_or(day).parse::<u8>())
            && !self.kind.contains("approx")
        {
            return Some(Birth::on(year, month, day));
        }
        let (from, to) = (*self.years.iter().min()?, *self.years.iter().max()?);
        Some(if self.kind.contains("approx") { Birth::within(from - 1, to + 1) } else { Birth::within(from, to) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-01-01T00:00:00Z">
  <INDIVIDUALS><INDIVIDUAL><DATAID>7</DATAID><FIRST_NAME>JOHN</FIRST_NAME><SECOND_NAME>DOE</SECOND_NAME><UN_LIST_TYPE>DRC</UN_LIST_TYPE>
    <NATIONALITY><VALUE>Yemen</VALUE></NATIONALITY><NAME_ORIGINAL_SCRIPT>جون</NAME_ORIGINAL_SCRIPT>
    <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>JOHNNY D&amp;E</ALIAS_NAME></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Boss</ALIAS_NAME></INDIVIDUAL_ALIAS><INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1974-02-17</DATE></INDIVIDUAL_DATE_OF_BIRTH>
    <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1970</FROM_YEAR><TO_YEAR>1973</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
  </INDIVIDUAL></INDIVIDUALS>
  <ENTITIES><ENTITY><DATAID>8</DATAID><FIRST_NAME>ACME</FIRST_NAME><ENTITY_ADDRESS><COUNTRY>Iran (Islamic Republic of)</COUNTRY></ENTITY_ADDRESS></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>"#;

    fn code(xml: &str) -> (&'static str, u64) {
        let faults = un(xml.as_bytes()).unwrap_err();
        (faults[0].code, faults[0].line)
    }

    #[test]
    fn persons_and_entities_are_read_with_the_quality_of_their_names() {
        let entries = un(LIST.as_bytes()).unwrap();
        let names: Vec<_> = entries[0].names.iter().map(|name| (name.text.as_str(), name.quality)).collect();
        assert_eq!(names, [("JOHN DOE", Quality::Primary), ("جون", Quality::Strong), ("JOHNNY D&E", Quality::Strong), ("The Boss", Quality::Weak)]);
        assert_eq!(entries[0].births, [Birth::on(1974, 2, 17), Birth::within(1970, 1973)]);
        assert_eq!((entries[0].countries[0].as_str(), entries[1].countries[0].as_str(), entries[1].kind), ("YE", "IR", EntryKind::Entity));
    }

    #[test]
    fn what_was_cut_off_or_swells_is_refused() {
        for end in [LIST.len() - 3, LIST.len() - 40, LIST.len() / 2, 200] {
            let end = (end..).find(|at| LIST.is_char_boundary(*at)).unwrap();
            assert!(un(&LIST.as_bytes()[..end]).is_err(), "{end}");
        }
        let laughs = "<?xml version=\"1.0\"?>\n<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\n<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>";
        assert_eq!(code(laughs).0, "doctype");
        assert_eq!(code("<CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>").0, "entity");
        assert_eq!(code("<other/>").0, "root");
        assert_eq!(code("<CONSOLIDATED_LIST/>").0, "empty");
        assert_eq!(code(&"<a>".repeat(20).replacen("<a>", "<CONSOLIDATED_LIST>", 1)).0, "depth");
        let repeated = LIST.replace("<DATAID>8<", "<DATAID>7<");
        assert_eq!(code(&repeated), ("repeated", 10));
    }
}
