//! A vendor brings its CRM's accounts and opportunities as files.

use super::{counts, imports, refusals, starts, told};
use crate::prelude::*;

/// How the columns of the sales pipeline become fields of ours.
fn pipeline() -> Value {
    json!({
        "resource": "opportunities", "format": "csv", "currency": "USD", "amount_unit": "major",
        "mapping": {"external_id": "opportunity_id", "name": "opportunity_id", "account_external_id": "account", "status": "deal_stage",
            "stage": "deal_stage", "product": "product", "amount": "close_value", "opened_on": "engage_date", "closes_on": "close_date"},
        "values": {"status": {"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"},
            "product": {"GTXPro": "GTX Pro", "GTX Plus Basic": "GTX Plus Basic", "MG Special": "MG Special"}},
        "on_unknown": {"status": "refuse", "product": "refuse"}})
}

const PIPELINE: &str = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n\
    1C1I7A6R,Moses Frase,GTX Plus Basic,Cancity,Won,2016-10-20,2017-03-01,1054\n\
    Z063OYW0,Darcel Schlecht,GTXPro,Isdom,Won,2016-10-25,2017-03-11,4514\n\
    EC4QE1BX,Darcel Schlecht,MG Special,,Prospecting,,,\n\
    MV1LWRNH,Moses Frase,GTK 500,Cancity,Won,2016-10-20,2017-03-01,50\n\
    PE84CX4O,Moses Frase,MG Special,Nobody,Won,2016-10-20,2017-03-01,50\n\
    ZNBS69V1,Moses Frase,MG Special,Cancity,Stalled,2016-10-20,2017-03-01,50\n\
    9ME3374G,Moses Frase,MG Special,Cancity,Won,2017-02-30,2017-03-01,50\n\
    7GN8Q4LL,Moses Frase,MG Special,Cancity,Won,2017-02-20,2017-03-01,fifty\n";

async fn accounts(vendor: &Vendor) {
    let options = json!({"resource": "accounts", "format": "csv", "mapping": {"external_id": "account", "name": "account"}});
    assert_eq!(counts(&imports(vendor, options, "account,sector\nCancity,retail\nIsdom,medical\n").await), [2, 0, 0, 0]);
}

spec! {
    async fn a_dirty_sales_pipeline_is_imported_and_what_is_refused_is_said(world) {
        let acme = world.vendor("Acme").await;
        accounts(&acme).await;
        let import = imports(&acme, pipeline(), PIPELINE).await;
        assert_eq!(import["status"], "succeeded");
        assert_eq!(counts(&import), [3, 0, 0, 5]);
        let codes = refusals(&acme, &import).await;
        let expected = [(5, "unknown_value"), (6, "unknown_account"), (7, "unknown_value"), (8, "invalid_value"), (9, "amount")];
        assert_eq!(codes, expected.map(|(line, code)| (line, code.to_owned())));
        let sale = acme.get("/v1/opportunities/Z063OYW0").await.expect(200);
        assert_eq!((&sale["product"], &sale["amount"]), (&json!("GTX Pro"), &json!({"amount": 451_400, "currency": "USD"})));
        let orphan = acme.get("/v1/opportunities/EC4QE1BX").await.expect(200);
        assert_eq!((&orphan["status"], orphan.body.get("account_id")), (&json!("open"), None));
        assert_eq!(told(&acme, "import").await[3..], ["import.created", "import.queued", "import.completed"]);
    }

    async fn a_repeated_import_changes_nothing(world) {
        let acme = world.vendor("Acme").await;
        accounts(&acme).await;
        imports(&acme, pipeline(), PIPELINE).await;
        let before = told(&acme, "opportunity").await;
        let again = imports(&acme, pipeline(), PIPELINE).await;
        assert_eq!(counts(&again), [0, 0, 3, 5]);
        assert_eq!(told(&acme, "opportunity").await, before);
        let changed = imports(&acme, pipeline(), PIPELINE.replace("1054", "1055")).await;
        assert_eq!(counts(&changed), [0, 1, 2, 5]);
        assert_eq!(acme.get("/v1/opportunities/1C1I7A6R").await.expect(200)["revision"], 2);
    }

    async fn a_check_writes_nothing_but_keeps_what_is_wrong(world) {
        let acme = world.vendor("Acme").await;
        accounts(&acme).await;
        let mut options = pipeline();
        options["validate_only"] = true.into();
        let import = imports(&acme, options, PIPELINE).await;
        assert_eq!((counts(&import), refusals(&acme, &import).await.len()), ([3, 0, 0, 5], 5));
        assert!(acme.get("/v1/opportunities").await.expect(200).rows().is_empty());
        assert!(told(&acme, "opportunity").await.is_empty());
    }

    async fn refused_rows_can_be_downloaded_mended_and_imported(world) {
        let acme = world.vendor("Acme").await;
        accounts(&acme).await;
        let import = imports(&acme, pipeline(), PIPELINE).await;
        let file = acme.get(format!("/v1/imports/{}/errors.csv", import.id())).await.expect(200);
        assert!(file.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")));
        let text = String::from_utf8(file.bytes.clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "line,pointer,code,detail,opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value");
        assert_eq!(
            lines[2],
            "6,/account_external_id,unknown_account,There is no account with this external_id; PUT or import it first.,\
             PE84CX4O,Moses Frase,MG Special,Nobody,Won,2016-10-20,2017-03-01,50"
        );
        assert_eq!(lines.len(), 6);
        acme.put("/v1/accounts/Nobody", json!({"name": "Somebody"})).await.expect(201);
        assert_eq!(counts(&imports(&acme, pipeline(), text).await), [1, 0, 0, 4]);
    }

    async fn fields_that_a_file_does_not_have_stay_as_they_are(world) {
        let acme = world.vendor("Acme").await;
        acme.put("/v1/accounts/A-1", json!({"name": "One", "phone": "1", "industry": "steel"})).await.expect(201);
        let csv = json!({"resource": "accounts", "format": "csv"});
        assert_eq!(counts(&imports(&acme, csv, "external_id,industry,tax_id\nA-1,,DE1\nA-2,x,\n").await), [0, 1, 0, 1]);
        let lines = json!({"resource": "accounts", "format": "ndjson"});
        let file = "{\"external_id\": \"A-1\", \"country\": \"DE\"}\n\n{\"external_id\": \"A-1\", \"country\": \"DE\", \"nmae\": \"x\"}\n[]\n";
        let import = imports(&acme, lines, file).await;
        assert_eq!(refusals(&acme, &import).await, [(3, "unknown_field".to_owned()), (4, "json".to_owned())]);
        let account = acme.get("/v1/accounts/A-1").await.expect(200);
        assert_eq!((account.text("name"), account.text("phone"), account.text("tax_id"), account.text("country")),
            ("One".into(), "1".into(), "DE1".into(), "DE".into()));
        assert!(account.body.get("industry").is_none());
    }

    async fn a_row_may_come_twice_in_one_file(world) {
        let acme = world.vendor("Acme").await;
        let csv = json!({"resource": "accounts", "format": "csv"});
        let import = imports(&acme, csv, "external_id,name\nA-1,One\nA-1,Two\nA-1,Two\n").await;
        assert_eq!(counts(&import), [1, 1, 1, 0]);
        let account = acme.get("/v1/accounts/A-1").await.expect(200);
        assert_eq!((account.text("name"), &account["revision"]), ("Two".into(), &json!(2)));
        assert_eq!(told(&acme, "account").await, ["account.created", "account.updated"]);
    }

    async fn an_import_is_cancelled_and_listed(world) {
        let acme = world.vendor("Acme").await;
        let csv = json!({"resource": "accounts", "format": "csv"});
        let import = starts(&acme, csv.clone(), "external_id,name\nA-1,One\n").await;
        assert_eq!(import["available_actions"], json!(["cancel"]));
        let path = format!("/v1/imports/{}", import.id());
        acme.post(format!("{path}/cancel"), json!(null)).await.expect(200);
        acme.post(format!("{path}/cancel"), json!(null)).await.refused(409, "import.state");
        world.settle().await;
        assert_eq!(acme.get(&path).await.expect(200)["status"], "cancelled");
        acme.get("/v1/accounts/A-1").await.expect(404);
        let done = imports(&acme, csv, "external_id,name\nA-1,One\n").await;
        let found = async |query: &str| -> Vec<String> {
            acme.all(&format!("/v1/imports?limit=1{query}")).await.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found("").await, [done.id(), import.id()]);
        assert_eq!(found("&status=succeeded").await, [done.id()]);
        assert!(found("&resource=opportunities").await.is_empty());
        let rival = world.vendor("Rival").await;
        for path in [path.clone(), format!("{path}/errors"), format!("{path}/errors.csv")] {
            rival.get(path).await.expect(404);
        }
    }
}
