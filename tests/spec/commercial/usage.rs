//! Usage: what was measured of what a customer committed to, once for each line, month and source.

use super::*;

fn measured(line: i64, period: &str, source: &str, amount: i64) -> Value {
    json!({ "line": line, "period": period, "source": source, "amount": eur(amount) })
}

async fn consumes(seller: &Person) -> String {
    let used = json!({ "product": "cloud", "quantity": 1, "model": "consumption", "committed": eur(1_200_000) });
    seller.registers(sale("Fabrikam", json!([line("a", 1, 1_000), used]))).await.id()
}

spec! {
    async fn usage_is_recorded_once_and_corrected_by_another_figure(world) {
        let (acme, northwind, southridge) = with_terms(world, terms()).await;
        let path = format!("/v1/deals/{}/usage", consumes(&northwind).await);
        let first = acme.post(&path, measured(1, "2027-01", "metering", 99_999)).await.expect(201);
        assert_eq!((&first["earns"], &first["revision"]), (&eur(9_999), &json!(1)));
        let again = acme.post(&path, measured(1, "2027-01", "metering", 99_999)).await.expect(201);
        assert_eq!(again.body, first.body);
        let corrected = acme.post(&path, measured(1, "2027-01", "metering", 120_000)).await.expect(201);
        assert_eq!((&corrected["id"], &corrected["revision"], &corrected["earns"]), (&first["id"], &json!(2), &eur(12_000)));
        acme.post(&path, measured(1, "2027-01", "by hand", 5)).await.expect(201);
        acme.post(&path, measured(1, "2027-02", "metering", 5)).await.expect(201);
        assert_eq!(northwind.all(&path).await.len(), 3);
        assert_eq!(told(&acme, "deal_usage.*").await.len(), 4, "the same again is told of nobody");
        southridge.get(&path).await.refused(404, "not_found");
        northwind.post(&path, measured(1, "2027-03", "me", 5)).await.refused(403, "auth.forbidden");
    }

    async fn only_what_was_committed_to_is_measured(world) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let deal = consumes(&northwind).await;
        let path = format!("/v1/deals/{deal}/usage");
        acme.post(&path, measured(0, "2027-01", "metering", 1)).await.refused(409, "deal.not_consumed");
        acme.post(&path, measured(2, "2027-01", "metering", 1)).await.invalid_at("/line");
        acme.post(&path, with(measured(1, "2027-01", "metering", 1), json!({ "amount": { "amount": 1, "currency": "USD" } }))).await.invalid_at("/amount/currency");
        for period in ["2027-13", "2027-1", "27-01", "2027/01", "+027-01", "２０２７-01"] {
            acme.post(&path, measured(1, period, "metering", 1)).await.invalid_at("/period");
        }
        acme.moves(&deal, "close", json!({ "outcome": "won" })).await.expect(200);
        acme.post(&path, measured(1, "2027-01", "metering", 1)).await.expect(201);
        let lost = northwind.registers(sale("Contoso", json!([{ "product": "cloud", "quantity": 1, "model": "consumption" }]))).await.id();
        acme.moves(&lost, "close", json!({ "outcome": "lost" })).await.expect(200);
        acme.post(format!("/v1/deals/{lost}/usage"), measured(0, "2027-01", "metering", 1)).await.refused(409, "deal.not_consumed");
    }

    async fn however_often_it_is_sent_at_once_it_is_there_once(world [connections = 10]) {
        let (acme, northwind, _) = with_terms(world, terms()).await;
        let path = format!("/v1/deals/{}/usage", consumes(&northwind).await);
        let replies = join_all((0..6).map(|_| async { acme.post(&path, measured(1, "2027-01", "metering", 7)).await.expect(201) })).await;
        assert!(replies.iter().all(|reply| reply.body == replies[0].body));
        assert_eq!((acme.all(&path).await.len(), told(&acme, "deal_usage.*").await.len()), (1, 1));
    }
}
