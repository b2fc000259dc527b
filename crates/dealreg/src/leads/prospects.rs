//! Every partner with what it did so far, read for the ranking: ten thousand of them while somebody waits.

use super::LeadId;
use super::ranking::{Prospect, Record};
use super::records::Part;
use chrono::{DateTime, Utc};
use kernel::Problem;
use kernel::id::{PartnerId, VendorId};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Partners read at once.
const PAGE: u64 = 2_500;

/// Every partner of the vendor, as far as this lead goes. Offers are not counted: what came of them is kept with the partner, see [`super::records`].
/// Partners and what they did are read at the same time, each from its own connection.
pub async fn prospects(db: &impl ConnectionTrait, vendor: VendorId, lead: LeadId, now: DateTime<Utc>) -> Result<Vec<Prospect>, Problem> {
    let (past, mut found) = tokio::try_join!(Past::read(db, vendor, lead, now), partners(db, vendor))?;
    found.iter_mut().for_each(|prospect| past.tell(prospect));
    Ok(found)
}

/// What partners did with leads so far.
struct Past {
    asked: HashSet<Uuid>,
    totals: HashMap<Uuid, Part>,
    outdated: HashMap<Uuid, Part>,
    open: HashMap<Uuid, [i64; 1]>,
    credits: HashMap<Uuid, [i64; 1]>,
}

impl Past {
    async fn read(db: &impl ConnectionTrait, vendor: VendorId, lead: LeadId, now: DateTime<Utc>) -> Result<Past, Problem> {
        let asked = "SELECT partner_id FROM lead_offers WHERE vendor_id = $1 AND lead_id = $2";
        let asked = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), asked, [vendor.0.into(), lead.0.into()])).await?;
        let open = "leads WHERE vendor_id = $1 AND status IN ('offered', 'accepted', 'working') AND partner_id IS NOT NULL GROUP BY partner_id";
        let open = format!("(SELECT partner_id, COUNT(*) AS leads FROM {open}) o");
        Ok(Past {
            asked: asked.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?,
            totals: by_partner(db, vendor, "lead_totals WHERE vendor_id = $1", "answered, accepted, seconds, converted, won").await?,
            outdated: super::records::outdated(db, vendor, now).await?,
            open: by_partner(db, vendor, &open, "leads").await?,
            credits: by_partner(db, vendor, "lead_shares WHERE vendor_id = $1", "credit").await?,
        })
    }

    fn tell(&self, prospect: &mut Prospect) {
        let id = &prospect.id.0;
        let [kept, gone]: [Part; 2] = [&self.totals, &self.outdated].map(|sums| sums.get(id).copied().unwrap_or_default());
        let [answered, accepted, seconds, converted, won] = std::array::from_fn(|at| kept[at] - gone[at]);
        let [[open], [credit]] = [&self.open, &self.credits].map(|numbers| numbers.get(id).copied().unwrap_or_default());
        prospect.record = Record { answered, accepted, seconds, converted, won, open };
        prospect.asked = self.asked.contains(id);
        prospect.credit = credit;
    }
}

/// Every partner, without what it did. The next are read while those before are taken apart.
async fn partners(db: &impl ConnectionTrait, vendor: VendorId) -> Result<Vec<Prospect>, Problem> {
    let (mut found, mut known) = (Vec::new(), Known::default());
    let mut page = listed(db, vendor, Uuid::nil()).await?;
    while let Some(last) = page.last() {
        let read = async { page.rows::<Listed>()?.map(|(id, listed)| listed.prospect(PartnerId(id), &mut known)).collect::<Result<Vec<_>, _>>() };
        let (next, read) = tokio::join!(listed(db, vendor, last), read);
        found.append(&mut read?);
        page = next?;
    }
    Ok(found)
}

/// Partners after this one.
async fn listed(db: &impl ConnectionTrait, vendor: VendorId, after: Uuid) -> Result<Gathered, Problem> {
    let columns = "name, kind, tier, region, country, status, specialisations, custom_fields";
    let page = format!("(SELECT id, {columns} FROM partners WHERE vendor_id = $1 AND status <> 'ended' AND id > $2 ORDER BY id LIMIT {PAGE}) p");
    Gathered::read(db, &page, ("id", columns), vec![vendor.0.into(), after.into()]).await
}

/// What is read of partners, by partner.
async fn by_partner<T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    vendor: VendorId,
    from: &str,
    columns: &str,
) -> Result<HashMap<Uuid, T>, Problem> {
    Ok(Gathered::read(db, from, ("partner_id", columns), vec![vendor.0.into()]).await?.rows()?.collect())
}

/// Rows that arrive as one: their ids as bytes, the rest as a document. Ten thousand rows of nine columns take four times as long to hand over. For the
/// same reason nothing is joined: looking up each partner's row in three tables takes longer than reading these whole.
#[derive(Default)]
struct Gathered {
    ids: Vec<u8>,
    rows: Option<String>,
}

impl Gathered {
    async fn read(db: &impl ConnectionTrait, from: &str, (id, columns): (&str, &str), values: Vec<Value>) -> Result<Self, Problem> {
        let backend = db.get_database_backend();
        let (ids, rows) = match backend {
            DbBackend::Postgres => (format!("string_agg(uuid_send({id}), '')"), format!("CAST(array_to_json(array_agg(ARRAY[{columns}])) AS text)")),
            _ => (format!("CAST(group_concat({id}, '') AS blob)"), format!("json_group_array(json_array({columns}))")),
        };
        let row = db.query_one_raw(Statement::from_sql_and_values(backend, format!("SELECT {ids}, {rows} FROM {from}"), values)).await?;
        let Some(row) = row else { return Ok(Self::default()) };
        Ok(Self { ids: row.try_get_by_index::<Option<Vec<u8>>>(0)?.unwrap_or_default(), rows: row.try_get_by_index(1)? })
    }

    /// The id of the last row.
    fn last(&self) -> Option<Uuid> {
        self.ids.last_chunk().copied().map(Uuid::from_bytes)
    }

    fn rows<T: DeserializeOwned>(&self) -> Result<impl Iterator<Item = (Uuid, T)>, Problem> {
        let rows: Vec<T> = self.rows.as_deref().map(serde_json::from_str).transpose().map_err(Problem::internal)?.unwrap_or_default();
        let (ids, rest) = self.ids.as_chunks();
        if ids.len() != rows.len() || !rest.is_empty() {
            return Err(Problem::internal(format!("{} rows came with {} bytes of ids", rows.len(), self.ids.len())));
        }
        Ok(ids.iter().copied().map(Uuid::from_bytes).zip(rows))
    }
}

/// A partner as it is listed.
#[derive(Deserialize)]
struct Listed {
    name: String,
    kind: String,
    tier: Option<String>,
    region: Option<String>,
    country: Option<String>,
    status: String,
    specialisations: String,
    custom_fields: String,
}

/// What many partners share, read once.
#[derive(Default)]
struct Known {
    specialisations: HashMap<String, Arc<Vec<String>>>,
    custom_fields: HashMap<String, Arc<Map<String, Json>>>,
}

fn known<T: DeserializeOwned>(known: &mut HashMap<String, Arc<T>>, text: String) -> Result<Arc<T>, Problem> {
    if let Some(value) = known.get(&text) {
        return Ok(value.clone());
    }
    let value: Arc<T> = Arc::new(serde_json::from_str(&text).map_err(Problem::internal)?);
    known.insert(text, value.clone());
    Ok(value)
}

impl Listed {
    fn prospect(self, id: PartnerId, texts: &mut Known) -> Result<Prospect, Problem> {
        Ok(Prospect {
            id,
            active: self.status == "active",
            name: self.name,
            kind: self.kind,
            tier: self.tier,
            region: self.region,
            country: self.country,
            specialisations: known(&mut texts.specialisations, self.specialisations)?,
            custom_fields: known(&mut texts.custom_fields, self.custom_fields)?,
            asked: false,
            record: Record::default(),
            credit: 0,
        })
    }
}
