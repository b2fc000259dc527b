use super::*;
use proptest::prelude::*;

/// The whole of a file, record by record.
fn all(bytes: &[u8]) -> Vec<Result<Record, String>> {
    read(bytes, ImportFormat::Csv, &ImportOptions::default())
}

fn read(mut bytes: &[u8], format: ImportFormat, options: &ImportOptions) -> Vec<Result<Record, String>> {
    let mut found = Vec::new();
    loop {
        match next(bytes, true, format, options) {
            Next::Record(record, length) => {
                assert!(length > 0 && length <= bytes.len());
                found.push(record.map_err(|error| error.code));
                bytes = &bytes[length..];
            }
            Next::End => return found,
            other => panic!("{other:?}"),
        }
    }
}

fn cells(cells: &[&str]) -> Result<Record, String> {
    Ok(Record::Cells(cells.iter().map(ToString::to_string).collect()))
}

fn refused(code: &str) -> Result<Record, String> {
    Err(code.to_owned())
}

#[test]
fn every_line_break_and_quote_of_the_rfc_is_read() {
    let file = b"a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\rlast,\"\"";
    assert_eq!(all(file), [cells(&["a", "b"]), cells(&["x, y", "say \"hi\""]), cells(&["two\nlines", ""]), cells(&["last", ""])]);
}

#[test]
fn a_quotation_mark_within_a_plain_cell_is_itself() {
    assert_eq!(all(b"5\" pipe,2\n"), [cells(&["5\" pipe", "2"])]);
}

#[test]
fn empty_lines_are_passed_over() {
    assert_eq!(all(b"\n\r\na,b\n\n"), [Ok(Record::Blank), Ok(Record::Blank), cells(&["a", "b"]), Ok(Record::Blank)]);
}

#[test]
fn a_misplaced_quote_spoils_its_row_only() {
    assert_eq!(all(b"\"a\"b,c\nd,e\n"), [refused("quote_misplaced"), cells(&["d", "e"])]);
}

#[test]
fn a_quote_that_is_never_closed_spoils_its_line_only() {
    assert_eq!(all(b"a,\"b\nc,d\ne,f\n"), [refused("quote_unterminated"), cells(&["c", "d"]), cells(&["e", "f"])]);
    let long = format!("a,\"b\n{}", "c,d\n".repeat(MAX_ROW));
    assert_eq!(all(long.as_bytes())[..2], [refused("quote_unterminated"), cells(&["c", "d"])]);
}

#[test]
fn bytes_that_are_not_utf8_spoil_their_row_only() {
    assert_eq!(all(b"M\xfcller,1\nMeier,2\n"), [refused("encoding"), cells(&["Meier", "2"])]);
}

#[test]
fn a_row_over_the_limit_is_given_up() {
    let file = format!("{},1\nb,2\n", "a".repeat(MAX_ROW + 1));
    assert_eq!(all(file.as_bytes()), [refused("row_too_long"), cells(&["b", "2"])]);
    let endless = vec![b'a'; MAX_ROW + 3];
    assert!(matches!(next(&endless, false, ImportFormat::Csv, &ImportOptions::default()), Next::Endless(_)));
    assert!(matches!(next(&endless, false, ImportFormat::Ndjson, &ImportOptions::default()), Next::Endless(_)));
}

#[test]
fn too_many_columns_are_refused() {
    assert_eq!(all(",".repeat(MAX_COLUMNS).as_bytes()), [refused("too_many_columns")]);
}

#[test]
fn other_delimiters_are_read() {
    let options = ImportOptions { delimiter: super::super::types::Delimiter::Semicolon, ..ImportOptions::default() };
    assert_eq!(read(b"a,b;c\n", ImportFormat::Csv, &options), [cells(&["a,b", "c"])]);
}

#[test]
fn json_lines_are_objects_or_refused() {
    let file = b"{\"a\": 1}\n\n[1]\nnonsense\n{\"a\": \"\xff\"}\r\n{\"b\": null}";
    let found = read(file, ImportFormat::Ndjson, &ImportOptions::default());
    let codes: Vec<_> = found.iter().map(|record| record.as_ref().map_or_else(String::as_str, |_| "ok")).collect();
    assert_eq!(codes, ["ok", "ok", "json", "json", "encoding", "ok"]);
    let deep = format!("{}1{}\n", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    assert_eq!(read(deep.as_bytes(), ImportFormat::Ndjson, &ImportOptions::default()), [refused("json")]);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    assert_eq!(lines(b"a\r\nb\nc\rd"), 3);
    assert_eq!(line_end(b"ab\r", false), None);
    assert_eq!(line_end(b"ab\r", true), Some(3));
    assert_eq!(line_end(b"ab\r\ncd", false), Some(4));
}

proptest! {
    /// Whatever the csv crate writes is read back the same.
    #[test]
    fn what_was_written_is_read(rows in prop::collection::vec(prop::collection::vec("[a\",\n\r é]{0,6}", 2..5), 1..6)) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let file = writer.into_inner().unwrap();
        let expected: Vec<_> = rows.into_iter().map(|row| Ok(Record::Cells(row))).collect();
        prop_assert_eq!(all(&file), expected);
    }

    /// Nothing makes it panic, stand still or read past the end; and what it reads from a part, it reads from the whole.
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(prop::sample::select(b"a\",\n\r{}:\xff\0".to_vec()), 0..60), cut in 0usize..60) {
        for format in [ImportFormat::Csv, ImportFormat::Ndjson] {
            let options = ImportOptions::default();
            read(&bytes, format, &options);
            let part = &bytes[..cut.min(bytes.len())];
            let first = next(part, false, format, &options);
            if let Next::Record(..) = first {
                prop_assert_eq!(first, next(&bytes, true, format, &options));
            }
        }
    }
}
