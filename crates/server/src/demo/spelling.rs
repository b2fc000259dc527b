//! How people misspell, shorten and rename one company: what makes conflicts hard. Pure.

/// Legal forms, and how else the same one is written.
const FORMS: &[(&str, &str)] = &[
    (" GmbH & Co. KG", " GmbH und Co. Kommanditgesellschaft"),
    (" S.A. de C.V.", " Sociedad Anónima de Capital Variable"),
    (" Co., Ltd.", " Company Limited"),
    (" (Pty) Ltd", " Proprietary Limited"),
    (" Pty Ltd", " Proprietary Limited"),
    (" Pvt. Ltd.", " Private Limited"),
    (" Pte. Ltd.", " Private Limited"),
    (" Sp. z o.o.", " Spółka z ograniczoną odpowiedzialnością"),
    (" GmbH", " Gesellschaft mit beschränkter Haftung"),
    (" AG", " Aktiengesellschaft"),
    (" S.r.l.", " SRL"),
    (" S.p.A.", " SpA"),
    (" S.L.", " Sociedad Limitada"),
    (" S.A.", " SA"),
    (" B.V.", " BV"),
    (" N.V.", " NV"),
    (" K.K.", " Kabushiki Kaisha"),
    (" AB", " Aktiebolag"),
    (" Inc.", " Incorporated"),
    (" Corp.", " Corporation"),
    (" Corporation", " Corp."),
    (" LLC", " L.L.C."),
    (" Ltd.", " Limited"),
    (" Ltd", " Limited"),
    (" Limited", " Ltd"),
    (" plc", " PLC"),
    (" Co.", " Company"),
    (" Company", " Co."),
];

/// The `at`-th way to write `name`.
pub(super) fn respell(name: &str, at: usize) -> String {
    match at % 5 {
        0 => other_form(name),
        1 => plain(name).to_uppercase(),
        2 => swapped(name),
        3 => without_form(name).to_owned(),
        _ => plain(&other_form(name)),
    }
}

/// The same with its legal form written otherwise; a name without one gets one.
pub(super) fn other_form(name: &str) -> String {
    match FORMS.iter().find_map(|(form, other)| name.strip_suffix(form).map(|stem| (stem, other))) {
        Some((stem, other)) => format!("{stem}{other}"),
        None => format!("{name}, Inc."),
    }
}

/// The same without its legal form.
pub(super) fn without_form(name: &str) -> &str {
    FORMS.iter().find_map(|(form, _)| name.strip_suffix(form)).unwrap_or(name)
}

/// The same as a keyboard without accents has it.
pub(super) fn plain(name: &str) -> String {
    let letter = |letter: char| match letter {
        'ä' | 'á' | 'à' | 'â' | 'ã' | 'å' | 'ă' => "a".into(),
        'Ä' | 'Á' | 'Å' => "A".into(),
        'é' | 'è' | 'ê' | 'ě' | 'ę' => "e".into(),
        'É' | 'Ē' => "E".into(),
        'ö' | 'ó' | 'ô' | 'õ' | 'ø' => "o".into(),
        'Ö' | 'Ø' => "O".into(),
        'ü' | 'ú' | 'ū' => "u".into(),
        'Ü' => "U".into(),
        'í' | 'î' => "i".into(),
        'ç' | 'ć' => "c".into(),
        'ñ' | 'ń' => "n".into(),
        'ř' => "r".into(),
        'ł' => "l".into(),
        'Ł' => "L".into(),
        'ż' => "z".into(),
        'ș' | 'ś' => "s".into(),
        'Ś' => "S".into(),
        'ý' => "y".into(),
        other => other.to_string(),
    };
    name.chars().map(letter).collect()
}

/// The same with two letters of its longest word swapped.
fn swapped(name: &str) -> String {
    let longest = name.split(' ').max_by_key(|word| word.chars().count()).unwrap_or(name);
    let mut letters: Vec<char> = longest.chars().collect();
    let middle = letters.len() / 2;
    // Two equal letters swapped would be no misspelling.
    if let Some(at) = (middle.max(1)..letters.len().saturating_sub(1)).find(|at| letters[*at] != letters[at - 1]) {
        letters.swap(at - 1, at);
    }
    name.replacen(longest, &letters.into_iter().collect::<String>(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_in_five_spellings() {
        let name = "Löwenstein Medizintechnik GmbH";
        let spellings: Vec<_> = (0..5).map(|at| respell(name, at)).collect();
        let expected = [
            "Löwenstein Medizintechnik Gesellschaft mit beschränkter Haftung",
            "LOWENSTEIN MEDIZINTECHNIK GMBH",
            "Löwenstein Medizitnechnik GmbH",
            "Löwenstein Medizintechnik",
            "Lowenstein Medizintechnik Gesellschaft mit beschrankter Haftung",
        ];
        assert_eq!(spellings, expected);
    }

    #[test]
    fn a_bare_name_gets_a_form() {
        assert_eq!((other_form("Hottechi").as_str(), without_form("Hottechi"), swapped("A").as_str()), ("Hottechi, Inc.", "Hottechi", "A"));
    }
}
