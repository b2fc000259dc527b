use super::*;

fn texts(pairs: &[(&str, &str)]) -> Texts {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn cells(cells: &[&str]) -> Record {
    Record::Cells(cells.iter().map(ToString::to_string).collect())
}

fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn codes(errors: &[FieldError]) -> Vec<(&str, &str)> {
    errors.iter().map(|error| (error.pointer.as_str(), error.code.as_str())).collect()
}

/// The sales pipeline of the demo.
fn pipeline() -> ImportOptions {
    ImportOptions {
        mapping: texts(&[
            ("external_id", "opportunity_id"),
            ("name", "opportunity_id"),
            ("account_external_id", "account"),
            ("status", "deal_stage"),
            ("product", "product"),
            ("amount", "close_value"),
        ]),
        constants: texts(&[("custom_fields.source", "csv")]),
        values: [
            ("status".to_owned(), texts(&[("Won", "won"), ("Lost", "lost"), ("Engaging", "open")])),
            ("product".to_owned(), texts(&[("GTXPro", "GTX Pro"), ("GTX Basic", "GTX Basic"), ("none", "")])),
        ]
        .into(),
        on_unknown: [("product".to_owned(), OnUnknown::Refuse)].into(),
        currency: Some("USD".parse().unwrap()),
        amount_unit: AmountUnit::Major,
        ..ImportOptions::default()
    }
}

fn pipeline_plan() -> Plan {
    let header = header(&["opportunity_id", "product", "account", "deal_stage", "close_value"]);
    Plan::new(ImportResource::Opportunities, &pipeline(), Some(&header)).unwrap()
}

#[test]
fn a_row_of_the_sales_pipeline_becomes_an_opportunity() {
    assert!(check(ImportResource::Opportunities, &pipeline()).is_empty());
    let (id, set) = pipeline_plan().read(&cells(&["1C1I7A6R", "GTXPro", " Isdom ", "Won", "4514"])).unwrap();
    assert_eq!(id, "1C1I7A6R");
    let expected = json!({
        "name": "1C1I7A6R", "account_external_id": "Isdom", "status": "won", "product": "GTX Pro",
        "amount": {"amount": 451_400, "currency": "USD"}, "custom_fields": {"source": "csv"}});
    assert_eq!(Value::Object(set), expected);
}

#[test]
fn an_empty_cell_is_a_null_and_what_values_lead_to_is_known() {
    let (_, set) = pipeline_plan().read(&cells(&["1", "GTX Pro", "", "Engaging", ""])).unwrap();
    assert_eq!((&set["account_external_id"], &set["amount"], &set["product"]), (&Value::Null, &Value::Null, &json!("GTX Pro")));
    let (_, set) = pipeline_plan().read(&cells(&["1", "none", "", "Engaging", ""])).unwrap();
    assert_eq!(set["product"], Value::Null);
}

#[test]
fn all_that_is_wrong_with_a_row_is_said() {
    let errors = pipeline_plan().read(&cells(&["", "MG Special", "", "Won", "12,5x"])).unwrap_err();
    assert_eq!(codes(&errors), [("/product", "unknown_value"), ("/amount", "amount"), ("/external_id", "required")]);
}

#[test]
fn a_ragged_row_is_refused() {
    for row in [&["1", "GTXPro", "Isdom", "Won"][..], &["1", "GTXPro", "Isdom", "Won", "1", "2"]] {
        assert_eq!(codes(&pipeline_plan().read(&cells(row)).unwrap_err()), [("", "columns")]);
    }
}

#[test]
fn a_missing_column_is_named() {
    let file = b"\xef\xbb\xbfopportunity_id,product,account,close_value,close_value\n1,2,3,4,5\n";
    let errors = open(ImportResource::Opportunities, ImportFormat::Csv, &pipeline(), file).unwrap_err();
    assert_eq!(codes(&errors), [("/mapping/amount", "duplicate_column"), ("/mapping/status", "missing_column")]);
    assert!(errors[1].detail.contains("`deal_stage`") && errors[1].detail.contains("`product`"), "{}", errors[1].detail);
}

#[test]
fn a_file_begins_after_mark_and_header() {
    let file = b"\xef\xbb\xbf\r\nexternal_id,\"name\"\r\nA,B\r\n";
    let start = open(ImportResource::Accounts, ImportFormat::Csv, &ImportOptions::default(), file).unwrap();
    assert_eq!((start.offset, start.line), (file.len() - 5, 3));
    assert_eq!(start.header.unwrap(), ["external_id", "name"]);
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let begin = |file: &[u8]| open(ImportResource::Accounts, ImportFormat::Csv, &ImportOptions::default(), file).unwrap_err()[0].code.clone();
    assert_eq!(begin(b"\xff\xfee\0x\0"), "encoding");
    assert_eq!(begin(b"external_id,n\xfcme\n"), "encoding");
    assert_eq!(begin(b"  \r\n"), "empty");
    assert_eq!(begin(b"external_id,\"name\n"), "quote_unterminated");
    assert_eq!(begin(b"external_id,nmae\n"), "unknown_column");
    assert_eq!(begin(b"name\n"), "missing_column");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let options = ImportOptions {
        mapping: texts(&[("amount", "a"), ("prize", "b"), ("custom_fields.", "c")]),
        constants: texts(&[("amount", "1"), ("external_id", "2")]),
        ..ImportOptions::default()
    };
    let errors = check(ImportResource::Opportunities, &options);
    let expected = [
        ("/mapping/custom_fields.", "unknown_field"),
        ("/mapping/prize", "unknown_field"),
        ("/constants/amount", "twice"),
        ("/constants/external_id", "twice"),
        ("/mapping/external_id", "required"),
        ("/currency", "required"),
    ];
    assert_eq!(codes(&errors), expected);
}

#[test]
fn json_members_are_taken_as_they_are() {
    let plan = Plan::new(ImportResource::Opportunities, &ImportOptions::default(), None).unwrap();
    let Value::Object(members) = json!({
        "external_id": 17, "name": "N", "status": "open", "amount": {"amount": 5, "currency": "EUR"}, "custom_fields": {"n": 1}, "odd": true})
    else {
        unreachable!()
    };
    let (id, set) = plan.read(&Record::Members(members)).unwrap();
    assert_eq!(id, "17");
    let expected = json!({"name": "N", "status": "open", "amount": {"amount": 5, "currency": "EUR"}, "custom_fields": {"n": 1}, "odd": true});
    assert_eq!(Value::Object(set), expected);
}

#[test]
fn a_row_may_name_its_own_currency() {
    let plan = Plan::new(ImportResource::Opportunities, &ImportOptions { amount_unit: AmountUnit::Major, ..ImportOptions::default() }, None).unwrap();
    let read = |value: Value| match value {
        Value::Object(members) => plan.read(&Record::Members(members)),
        _ => unreachable!(),
    };
    let (_, set) = read(json!({"external_id": "1", "amount": 10.5, "currency": "JPY"})).unwrap_or_else(|errors| (errors[0].code.clone(), Map::new()));
    assert!(set.is_empty(), "yen have no decimals");
    assert_eq!(
        read(json!({"external_id": "1", "amount": 10.5, "currency": "EUR"})).unwrap().1["amount"],
        json!({"amount": 1_050, "currency": "EUR"})
    );
    assert_eq!(codes(&read(json!({"external_id": "1", "amount": "1"})).unwrap_err()), [("/currency", "required")]);
    assert_eq!(codes(&read(json!({"external_id": "1", "amount": "1", "currency": "XXZ"})).unwrap_err()), [("/currency", "currency")]);
}
