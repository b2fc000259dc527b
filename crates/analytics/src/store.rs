//! The queries over what the projection keeps: one for each answer.

use crate::facts::Tally;
use crate::http::{FigureGroup, FigureQuery};
use chrono::{DateTime, Utc};
use kernel::id::{PartnerId, PersonId};
use kernel::{Problem, Scope, Tx};
use partners::PartnerType;
use partners::partner::Column;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryResult, Statement};
use uuid::Uuid;

/// A sum of money is kept in two parts: whole multiples of this, and the rest.
const HIGH: i64 = 1_000_000_000;

/// The higher part of an amount.
pub fn high(amount: i64) -> i64 {
    amount / HIGH
}

/// The lower part of an amount.
pub fn low(amount: i64) -> i64 {
    amount % HIGH
}

/// What is counted of what happened, as columns.
pub const COUNTS: [&str; 13] = [
    "submitted",
    "decided",
    "automatic",
    "decision_seconds",
    "approved",
    "rejected",
    "expired",
    "withdrawn",
    "lost",
    "won",
    "won_seconds",
    "won_high",
    "won_low",
];

/// What happened, in the order of [`COUNTS`].
pub fn counts(tally: &Tally) -> [i64; 13] {
    [
        tally.submitted,
        tally.decided,
        tally.automatic,
        tally.decision_seconds,
        tally.approved,
        tally.rejected,
        tally.expired,
        tally.withdrawn,
        tally.lost,
        tally.won,
        tally.won_seconds,
        high(tally.won_amount),
        low(tally.won_amount),
    ]
}

/// A sum of its two parts.
fn whole(high: i64, low: i64) -> i128 {
    i128::from(high) * i128::from(HIGH) + i128::from(low)
}

/// Open deals of one stage, month (empty where it was not asked for) and currency, and of one group.
pub struct Open {
    pub status: String,
    pub stage: String,
    pub month: String,
    pub currency: String,
    pub key: Option<String>,
    pub deals: i64,
    pub amount: i128,
}

/// What happened in one group and currency.
pub struct Happened {
    pub key: Option<String>,
    pub currency: String,
    pub counts: Tally,
    pub won_amount: i128,
}

/// Which partners' figures are wanted.
#[derive(Debug, Default)]
pub struct Of<'a> {
    pub partner: Option<PartnerId>,
    pub kind: Option<PartnerType>,
    pub tier: Option<&'a str>,
    pub region: Option<&'a str>,
    pub country: Option<&'a str>,
    pub manager: Option<PersonId>,
    pub deals: Option<&'a str>,
}

impl Of<'_> {
    fn all_partners(&self) -> bool {
        self.partner.is_none()
            && self.kind.is_none()
            && self.tier.is_none()
            && self.region.is_none()
            && self.country.is_none()
            && self.manager.is_none()
    }
}

/// Where a question is answered from: the sums of one segment of partners, or of each partner.
struct Source {
    query: SelectStatement,
    table: &'static str,
    segment: bool,
}

/// Whether whoever asks sees all of the vendor's partners.
fn unlimited(scope: Scope) -> bool {
    scope.partner().is_none() && scope.narrowed().is_none()
}

/// The sums of segments answer whatever asks for all partners, or for those of one type, tier, region, country or manager; the rest those of partners.
fn sums((each, segments): (&'static str, &'static str), scope: Scope, of: &Of<'_>, group: Option<FigureGroup>) -> Source {
    let Some((dimension, key)) = segment(scope, of, group) else {
        return Source { query: by_partner(each, scope, of, group), table: each, segment: false };
    };
    let mut query = of_vendor(segments, scope, of);
    query.and_where(Expr::col((segments, "dimension")).eq(dimension)).and_where_option(key.map(|key| Expr::col((segments, "key")).eq(key)));
    if group.is_some() {
        let column = Expr::col((segments, "key"));
        query.expr_as(column.clone(), "key").add_group_by([column]);
    }
    Source { query, table: segments, segment: true }
}

/// The segment that answers, and which of its keys is asked for; `None` if it takes more than one, or less than all that it sums.
fn segment(scope: Scope, of: &Of<'_>, group: Option<FigureGroup>) -> Option<(&'static str, Option<String>)> {
    if !unlimited(scope) || of.partner.is_some() {
        return None;
    }
    let kind = of.kind.and_then(|kind| serde_json::to_value(kind).ok()?.as_str().map(str::to_owned));
    let text = |text: Option<&str>| text.map(str::to_owned);
    let manager = of.manager.map(|manager| manager.to_string());
    let asked = [("type", kind), ("tier", text(of.tier)), ("region", text(of.region)), ("country", text(of.country)), ("manager", manager)];
    let mut asked = asked.into_iter().filter_map(|(dimension, key)| Some((dimension, key?)));
    let (filter, more) = (asked.next(), asked.next());
    let group = group.map(FigureGroup::dimension);
    match (filter, group) {
        _ if more.is_some() => None,
        (None, None) => Some(("all", None)),
        (None, Some(group)) => Some((group?, None)),
        (Some((dimension, key)), None) => Some((dimension, Some(key))),
        (Some((dimension, key)), Some(group)) => (group == Some(dimension)).then_some((dimension, Some(key))),
    }
}

fn by_partner(table: &'static str, scope: Scope, of: &Of<'_>, group: Option<FigureGroup>) -> SelectStatement {
    if unlimited(scope) && of.all_partners() && group.is_none() {
        return of_vendor(table, scope, of);
    }
    let same = Expr::col((table, "vendor_id")).equals(("partners", "vendor_id")).and(Expr::col((table, "partner_id")).equals(("partners", "id")));
    let mut query = of_vendor(table, scope, of).inner_join("partners", same).to_owned();
    query
        .cond_where(scope.limit(Column::Id))
        .and_where_option(of.partner.map(|partner| Column::Id.eq(partner.0)))
        .and_where_option(of.kind.map(|kind| Column::Kind.eq(kind)))
        .and_where_option(of.tier.map(|tier| Column::Tier.eq(tier)))
        .and_where_option(of.region.map(|region| Column::Region.eq(region)))
        .and_where_option(of.country.map(|country| Column::Country.eq(country)))
        .and_where_option(of.manager.map(|manager| Column::ManagerId.eq(manager.0)));
    if let Some(group) = group {
        let column = Expr::col(("partners", group.column()));
        query.expr_as(column.clone(), "key").add_group_by([column]);
    }
    query
}

fn of_vendor(table: &'static str, scope: Scope, of: &Of<'_>) -> SelectStatement {
    let mut query = Query::select().from(table).to_owned();
    query.and_where(Expr::col((table, "vendor_id")).eq(scope.vendor().0)).and_where_option(of.deals.map(|kind| Expr::col((table, "kind")).eq(kind)));
    query
}

/// As a whole number: Postgres makes a decimal of a sum.
fn sum(table: &'static str, column: &'static str) -> SimpleExpr {
    Func::cast_as(Func::sum(Expr::col((table, column))), "bigint").into()
}

impl FigureGroup {
    fn column(self) -> &'static str {
        match self {
            Self::Partner => "id",
            Self::Type => "kind",
            Self::Tier => "tier",
            Self::Region => "region",
            Self::Country => "country",
            Self::Manager => "manager_id",
        }
    }

    /// What it is called among the segments; no segment is one partner.
    fn dimension(self) -> Option<&'static str> {
        match self {
            Self::Partner => None,
            Self::Type => Some("type"),
            Self::Tier => Some("tier"),
            Self::Region => Some("region"),
            Self::Country => Some("country"),
            Self::Manager => Some("manager"),
        }
    }

    fn read(self, row: &QueryResult, segment: bool) -> Result<Option<String>, DbErr> {
        if segment {
            return Ok(Some(row.try_get::<String>("", "key")?).filter(|key| !key.is_empty()));
        }
        Ok(match self {
            Self::Partner => Some(PartnerId(row.try_get("", "key")?).to_string()),
            Self::Manager => row.try_get::<Option<Uuid>>("", "key")?.map(|id| PersonId(id).to_string()),
            _ => row.try_get("", "key")?,
        })
    }
}

/// What is open now.
pub async fn open(db: &impl ConnectionTrait, scope: Scope, of: &Of<'_>, group: Option<FigureGroup>) -> Result<Vec<Open>, DbErr> {
    let Source { query: mut select, table, segment } = sums(("pipeline_cells", "pipeline_sums"), scope, of, group);
    for column in ["status", "stage", "month", "currency"] {
        select.column((table, column)).add_group_by([Expr::col((table, column))]);
    }
    amounts(&mut select, table);
    let read = |row: QueryResult| {
        let key = group.map(|group| group.read(&row, segment)).transpose()?.flatten();
        read_open(&row, key, row.try_get("", "month")?)
    };
    db.query_all(&select).await?.into_iter().map(read).collect()
}

/// What is open of the partners whose deals are worth most, so many in each currency; not by month.
pub async fn leading(db: &impl ConnectionTrait, scope: Scope, of: &Of<'_>, most: usize) -> Result<Vec<Open>, DbErr> {
    let mut totals = by_partner("pipeline_partners", scope, of, None);
    for column in ["partner_id", "currency"] {
        totals.column(("pipeline_partners", column)).add_group_by([Expr::col(("pipeline_partners", column))]);
    }
    amounts(&mut totals, "pipeline_partners");
    let order = "ROW_NUMBER() OVER (PARTITION BY currency ORDER BY high + low / 1000000000.0 DESC, partner_id)";
    let placed = Query::select().columns(["partner_id", "currency"]).expr_as(Expr::cust(order), "place").from_subquery(totals, "totals").to_owned();
    let same = |column: &'static str| Expr::col(("pipeline_cells", column)).equals(("placed", column));
    let mut theirs = same("partner_id").and(same("currency")).and(Expr::col(("pipeline_cells", "vendor_id")).eq(scope.vendor().0));
    if let Some(kind) = of.deals {
        theirs = theirs.and(Expr::col(("pipeline_cells", "kind")).eq(kind));
    }
    // A left join is read from its left: from the few partners, not from all that is open.
    let mut select = Query::select().from_subquery(placed, "placed").to_owned();
    select.left_join("pipeline_cells", theirs).and_where(Expr::col(("placed", "place")).lte(most as i64));
    for (column, called) in [("partner_id", "key"), ("status", "status"), ("stage", "stage"), ("currency", "currency")] {
        let column = Expr::col(("pipeline_cells", column));
        select.expr_as(column.clone(), called).add_group_by([column]);
    }
    amounts(&mut select, "pipeline_cells");
    let read = |row: QueryResult| read_open(&row, FigureGroup::Partner.read(&row, false)?, String::new());
    db.query_all(&select).await?.into_iter().map(read).collect()
}

/// Select how many deals there are and what they are worth, where there are any.
fn amounts(select: &mut SelectStatement, table: &'static str) {
    select.expr_as(sum(table, "deals"), "deals").expr_as(sum(table, "amount_high"), "high").expr_as(sum(table, "amount_low"), "low");
    select.and_having(Func::sum(Expr::col((table, "deals"))).gt(0));
}

fn read_open(row: &QueryResult, key: Option<String>, month: String) -> Result<Open, DbErr> {
    Ok(Open {
        status: row.try_get("", "status")?,
        stage: row.try_get("", "stage")?,
        month,
        currency: row.try_get("", "currency")?,
        key,
        deals: row.try_get("", "deals")?,
        amount: whole(row.try_get("", "high")?, row.try_get("", "low")?),
    })
}

/// What happened from month to month, both included.
pub async fn happened(db: &impl ConnectionTrait, scope: Scope, query: &FigureQuery, from: &str, to: &str) -> Result<Vec<Happened>, DbErr> {
    let Source { query: mut select, table, segment } = sums(("deal_tallies", "tally_sums"), scope, &query.of(), query.group_by);
    select.column((table, "currency")).add_group_by([Expr::col((table, "currency"))]).and_where(Expr::col((table, "month")).between(from, to));
    for column in COUNTS {
        select.expr_as(sum(table, column), column);
    }
    // Where a partner has come and gone, nothing is left.
    select.and_having(
        Func::sum(Expr::col((table, "submitted")))
            .ne(0)
            .or(Func::sum(Expr::col((table, "decided"))).ne(0))
            .or(Func::sum(Expr::col((table, "won"))).ne(0))
            .or(Func::sum(Expr::col((table, "lost"))).ne(0))
            .or(Func::sum(Expr::col((table, "expired"))).ne(0))
            .or(Func::sum(Expr::col((table, "withdrawn"))).ne(0)),
    );
    let read = |row: QueryResult| {
        let get = |name: &str| row.try_get::<i64>("", name);
        let counts = Tally {
            submitted: get("submitted")?,
            decided: get("decided")?,
            automatic: get("automatic")?,
            decision_seconds: get("decision_seconds")?,
            approved: get("approved")?,
            rejected: get("rejected")?,
            expired: get("expired")?,
            withdrawn: get("withdrawn")?,
            lost: get("lost")?,
            won: get("won")?,
            won_seconds: get("won_seconds")?,
            won_amount: 0,
        };
        let key = query.group_by.map(|group| group.read(&row, segment)).transpose()?.flatten();
        Ok(Happened { key, currency: row.try_get("", "currency")?, counts, won_amount: whole(get("won_high")?, get("won_low")?) })
    };
    db.query_all(&select).await?.into_iter().map(read).collect()
}

/// The weights as they are kept: their JSON, revision and time.
pub async fn weights(db: &impl ConnectionTrait, scope: Scope) -> Result<Option<(String, i64, DateTime<Utc>)>, DbErr> {
    let sql = "SELECT body, revision, updated_at FROM pipeline_weights WHERE vendor_id = $1";
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [scope.vendor().0.into()])).await?;
    row.map(|row| Ok((row.try_get("", "body")?, row.try_get("", "revision")?, row.try_get("", "updated_at")?))).transpose()
}

/// Keep weights in the place of those before.
pub async fn set_weights(tx: &Tx, body: &str, revision: i64) -> Result<(), Problem> {
    let sql = "INSERT INTO pipeline_weights (vendor_id, body, revision, updated_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (vendor_id) DO UPDATE SET body = $2, revision = $3, updated_at = $4";
    let values = [tx.vendor().0.into(), body.into(), revision.into(), tx.now().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_sum_is_exact() {
        let deals = 1_000_000;
        let (high, low) = (high(kernel::money::MAX_AMOUNT - 1) * deals, low(kernel::money::MAX_AMOUNT - 1) * deals);
        assert_eq!(whole(high, low), i128::from(kernel::money::MAX_AMOUNT - 1) * i128::from(deals));
    }
}
