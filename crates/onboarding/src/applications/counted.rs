//! Applications counted by the step that they came to: whole days from the sums, the rest one by one.

use super::ApplicationFormId;
use super::funnel::{ApplicationFunnelBy, ApplicationFunnelQuery};
use super::sums::{LOST, TIMES};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use kernel::Scope;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};

/// Applications of one group that stand at one step.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// The group.
    pub key: Option<String>,
    /// The step, from 0.
    pub step: usize,
    /// Whether they are over without a partner.
    pub over: bool,
    /// How many they are.
    pub count: i64,
    /// For each of [`TIMES`], seconds in all and of how many.
    pub times: [(i64, i64); TIMES.len()],
}

fn read(row: &QueryResult, by: Option<ApplicationFunnelBy>) -> Result<Counted, DbErr> {
    let key = match by {
        None => None,
        Some(ApplicationFunnelBy::Form) => Some(ApplicationFormId(row.try_get("", "grp")?).to_string()),
        Some(_) => row.try_get("", "grp")?,
    };
    let mut times = [(0, 0); TIMES.len()];
    for (time, (name, _)) in times.iter_mut().zip(TIMES) {
        *time = (row.try_get("", &format!("{name}_seconds"))?, row.try_get("", &format!("{name}_count"))?);
    }
    let (step, lost): (i64, i64) = (row.try_get("", "step")?, row.try_get("", "lost")?);
    let step = usize::try_from(step).unwrap_or_default().min(5);
    Ok(Counted { key, step, over: lost == 1, count: row.try_get("", "applications")?, times })
}

/// A stretch of time taken apart: whole days, whose sums are kept, and what is left before and after.
#[derive(Debug, PartialEq)]
pub struct Apart {
    days: Option<(NaiveDate, NaiveDate)>,
    left: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Take it apart. Nothing is started after `now`, so that today is whole.
pub fn apart(from: DateTime<Utc>, to: DateTime<Utc>, now: DateTime<Utc>) -> Apart {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let begun = |at: DateTime<Utc>| {
        let day = at.date_naive();
        if at == midnight(day) { day } else { day.succ_opt().unwrap_or(day) }
    };
    let (first, last) = (begun(from), if to > now { begun(now + Duration::nanoseconds(1)) } else { to.date_naive() });
    if first >= last {
        return Apart { days: None, left: vec![(from, to)] };
    }
    let left = [(from, midnight(first)), (midnight(last), to)];
    Apart { days: Some((first, last)), left: left.into_iter().filter(|(from, to)| from < to && *from <= now).collect() }
}

/// From where applications are counted.
struct Source {
    table: &'static str,
    /// The column that tells when they were started.
    started: &'static str,
    lost: &'static str,
    group: Option<&'static str>,
    /// How many they are, and for each of [`TIMES`] seconds in all and of how many.
    sums: String,
}

impl Source {
    fn kept(by: Option<ApplicationFunnelBy>) -> Self {
        let sum = |column: String| format!("CAST(SUM({column}) AS bigint) AS {column}");
        let times = TIMES.iter().flat_map(|(name, _)| [sum(format!("{name}_seconds")), sum(format!("{name}_count"))]);
        let sums = std::iter::once(sum("applications".to_owned())).chain(times).collect::<Vec<_>>().join(", ");
        Self { table: "application_sums", started: "day", lost: "lost", group: by.map(ApplicationFunnelBy::of_sums), sums }
    }

    fn single(by: Option<ApplicationFunnelBy>) -> Self {
        let time = |(name, seconds): (&str, &str)| {
            format!(", CAST(COALESCE(SUM({seconds}), 0) AS bigint) AS {name}_seconds, COUNT({seconds}) AS {name}_count")
        };
        let sums = format!("COUNT(*) AS applications{}", TIMES.map(time).concat());
        Self { table: "applications", started: "created_at", lost: &LOST, group: by.map(ApplicationFunnelBy::column), sums }
    }

    async fn count(
        &self,
        db: &impl ConnectionTrait,
        scope: Scope,
        query: &ApplicationFunnelQuery,
        from: Value,
        to: Value,
    ) -> Result<Vec<Counted>, DbErr> {
        let Self { table, started, lost, sums, .. } = self;
        let (grp, by) = self.group.map(|group| (format!("{group} AS grp, "), format!("{group}, "))).unwrap_or_default();
        let form = if query.form_id.is_some() { "AND form_id = $4" } else { "" };
        let sql = format!(
            "SELECT {grp}step, {lost} AS lost, {sums} FROM {table} WHERE vendor_id = $1 AND {started} >= $2 AND {started} < $3 {form} GROUP BY {by}step, {lost}"
        );
        let values = [scope.vendor().0.into(), from, to].into_iter().chain(query.form_id.map(|form| form.0.into()));
        let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        rows.iter().map(|row| read(row, query.by)).collect()
    }
}

/// Applications by step, of whole days from the sums and else one by one.
pub async fn count(db: &impl ConnectionTrait, scope: Scope, query: &ApplicationFunnelQuery, apart: Apart) -> Result<Vec<Counted>, DbErr> {
    let (kept, single) = (Source::kept(query.by), Source::single(query.by));
    let mut counted = Vec::new();
    if let Some((first, last)) = apart.days {
        counted.extend(kept.count(db, scope, query, first.to_string().into(), last.to_string().into()).await?);
    }
    for (from, to) in apart.left {
        counted.extend(single.count(db, scope, query, from.into(), to.into()).await?);
    }
    Ok(counted)
}

impl ApplicationFunnelBy {
    fn column(self) -> &'static str {
        match self {
            Self::PartnerType => "partner_type",
            Self::Region => "region",
            Self::Month => "month",
            Self::Form => "form_id",
        }
    }

    /// The same of the sums.
    fn of_sums(self) -> &'static str {
        match self {
            Self::PartnerType => "NULLIF(partner_type, '')",
            Self::Region => "NULLIF(region, '')",
            Self::Month => "SUBSTR(day, 1, 7)",
            Self::Form => "form_id",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_stretch_of_time_the_whole_days_are_told_apart() {
        let at = |time: &str| format!("2026-{time}:00Z").parse::<DateTime<Utc>>().unwrap();
        let day = |day: &str| format!("2026-{day}").parse::<NaiveDate>().unwrap();
        let now = at("11-20T12:00");
        let days = |from, to| Some((day(from), day(to)));
        assert_eq!(apart(at("11-01T00:00"), at("11-03T00:00"), now), Apart { days: days("11-01", "11-03"), left: vec![] });
        let left = vec![(at("11-01T08:00"), at("11-02T00:00")), (at("11-04T00:00"), at("11-04T09:00"))];
        assert_eq!(apart(at("11-01T08:00"), at("11-04T09:00"), now), Apart { days: days("11-02", "11-04"), left });
        let left = vec![(at("11-19T08:00"), at("11-20T00:00"))];
        assert_eq!(apart(at("11-19T08:00"), at("11-20T12:01"), now), Apart { days: days("11-20", "11-21"), left }, "nothing is later than now");
        for (from, to) in [("11-19T08:00", "11-19T09:00"), ("11-19T08:00", "11-20T06:00"), ("12-19T08:00", "12-24T06:00")] {
            assert_eq!(apart(at(from), at(to), now), Apart { days: None, left: vec![(at(from), at(to))] });
        }
    }
}
