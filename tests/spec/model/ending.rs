//! What holds at the end of a sequence: what is read agrees with what was told, nobody overhears a rival, nothing is stuck.

use super::table;
use super::world::{Caller, Cause, Scene, Wrong};
use crate::prelude::*;

/// What a partner's people read of each of their deals.
const OF_A_DEAL: [&str; 6] = ["", "/decision", "/timeline", "/watch", "/extensions", "/progress"];

impl Scene<'_> {
    /// Hold the end of a sequence against all that must be.
    pub async fn ends(&mut self) -> Wrong {
        self.settles().await?;
        self.reads_as_told().await?;
        self.has_its_timers().await?;
        for at in 0..self.sides.len() {
            self.partner_reads(at).await?;
        }
        self.everything_can_be_ended().await?;
        let (app, vendor) = (self.world.app(), self.acme.id.parse().expect("an id"));
        let verdict = kernel::log::verify(&app.db().read_of(vendor).await.expect("a view"), vendor).await.expect("the log can be read");
        verdict.fault.map_or(Ok(()), |fault| Err(format!("the chain is broken: {fault:?}")))
    }

    /// The tables say what the log says: nothing changed without being told.
    async fn reads_as_told(&self) -> Wrong {
        let mut read = Vec::new();
        for (path, status) in [("/v1/deals?limit=200", "status"), ("/v1/leads?limit=200", "status"), ("/v1/disputes?limit=200", "stage")] {
            let rows = self.acme.all(path).await;
            read.extend(rows.iter().map(|row| (row["id"].clone(), row[status].clone(), row["protected_until"].as_str().map(str::to_owned))));
        }
        let deals = self.model.deals.iter().map(|deal| {
            let until = deal.until.map(|until| until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
            (json!(deal.id), json!(deal.status), until)
        });
        let leads = self.model.leads.iter().map(|lead| (json!(lead.id), json!(lead.status), None));
        let disputes = self.model.disputes.iter().map(|dispute| (json!(dispute.id), json!(dispute.stage), None));
        let mut told: Vec<_> = deals.chain(leads).chain(disputes).collect();
        let key = |row: &(Value, Value, Option<String>)| row.0.to_string();
        read.sort_by_key(key);
        told.sort_by_key(key);
        if read == told { Ok(()) } else { Err(format!("read: {read:#?}\ntold: {told:#?}")) }
    }

    /// Whatever waits for a time has a timer: everything else waits for a person.
    async fn has_its_timers(&self) -> Wrong {
        let deals = self.model.deals.iter().filter(|deal| deal.status == "approved").map(|deal| ("deal.protection", &deal.id));
        let kept = self.model.deals.iter().filter(|deal| deal.offered.is_some_and(|until| until > self.now())).map(|deal| ("deal.offer", &deal.id));
        let leads = self.model.leads.iter().filter(|lead| lead.status == "offered").map(|lead| ("lead.offer", &lead.id));
        let open = self.model.disputes.iter().filter(|dispute| !table::is_end(table::DISPUTES, &dispute.stage));
        let wanted: Vec<_> = deals.chain(kept).chain(leads).chain(open.map(|dispute| (dealreg::disputes::clock::TIMER, &dispute.id))).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let any: Vec<_> = wanted.iter().map(|(kind, subject)| format!("kind = '{kind}' AND subject = '{subject}'")).collect();
        let found = self.world.number(&format!("SELECT COUNT(*) FROM timers WHERE {}", any.join(" OR "))).await;
        let waiting = self.acme.all("/v1/deals?status=in_review&assignee=none&limit=200").await;
        let seen = self.model.deals.iter().filter(|deal| deal.status == "in_review").all(|deal| waiting.iter().any(|row| row["id"] == deal.id));
        match found as usize == wanted.len() && seen {
            true => Ok(()),
            false => Err(format!("{found} timers, and should be {wanted:?}; waiting for somebody: {waiting:?}")),
        }
    }

    /// What a partner's people can read names no rival.
    async fn partner_reads(&mut self, at: usize) -> Wrong {
        let client = self.client(Caller::Partner(at)).await;
        let mut paths: Vec<_> =
            ["deals", "leads", "disputes", "notifications", "events", "queues/me", "me"].map(|list| format!("/v1/{list}")).to_vec();
        let own = self.model.deals.iter().filter(|deal| deal.partner == at);
        paths.extend(own.flat_map(|deal| OF_A_DEAL.map(|part| format!("/v1/deals/{}{part}", deal.id))));
        paths.extend(self.model.leads.iter().filter(|lead| lead.partner == Some(at)).map(|lead| format!("/v1/leads/{}", lead.id)));
        let disputes = self.model.disputes.iter().filter(|dispute| dispute.partners.contains(&at));
        paths.extend(disputes.flat_map(|dispute| ["", "/evidence"].map(|part| format!("/v1/disputes/{}{part}", dispute.id))));
        for path in paths {
            let answer = client.get(&path).await;
            self.overhears(at, &answer)?;
            if answer.status >= 500 {
                return Err(format!("this should have been read\n{answer}"));
            }
        }
        Ok(())
    }

    /// People can end whatever waits for people, and time ends the rest.
    async fn everything_can_be_ended(&mut self) -> Wrong {
        self.skip(24 * 7);
        self.settles().await?;
        for dispute in self.model.disputes.clone().iter().filter(|dispute| matches!(dispute.stage.as_str(), "under_review" | "appealed")) {
            let decision = json!({ "outcome": "stands", "public_reason": "So it is." });
            self.must(&format!("/v1/disputes/{}/decide", dispute.id), decision, &dispute.id).await?;
        }
        for deal in self.model.deals.clone().iter() {
            let action = match deal.status.as_str() {
                "in_review" | "information_requested" => "reject",
                "draft" => "withdraw",
                _ => continue,
            };
            self.must(&format!("/v1/deals/{}/{action}", deal.id), json!({ "reason": "That is all." }), &deal.id).await?;
        }
        // Extended twice and stood still for a dispute, protection ends by itself all the same.
        for _ in 0..4 {
            self.skip(24 * 61);
            self.settles().await?;
        }
        for lead in self.model.leads.clone().iter().filter(|lead| !table::is_end(table::LEADS, &lead.status) && lead.status != "disqualified") {
            if lead.status == "converted" {
                return Err(format!("its deal has ended, and it has not: {lead:?}"));
            }
            self.must(&format!("/v1/leads/{}/disqualify", lead.id), json!({ "reason": "That is all." }), &lead.id).await?;
        }
        let deals = self.model.deals.iter().filter(|deal| deal.status != "rejected" && !table::is_end(table::DEALS, &deal.status));
        let disputes = self.model.disputes.iter().filter(|dispute| !table::is_end(table::DISPUTES, &dispute.stage));
        let stuck: Vec<_> = deals.map(|deal| format!("{deal:?}")).chain(disputes.map(|dispute| format!("{dispute:?}"))).collect();
        if stuck.is_empty() { Ok(()) } else { Err(format!("stuck: {stuck:#?}")) }
    }

    async fn must(&mut self, path: &str, body: Value, target: &str) -> Wrong {
        let answer = self.acme.post(path, body).await;
        if answer.status != 200 {
            return Err(format!("the vendor can end this\n{answer}"));
        }
        self.follow(&Cause { target: target.to_owned(), ..Cause::default() }).await
    }
}
