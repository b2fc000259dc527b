//! The pipeline from its sums: by currency, and in it by stage, by month and by group. Pure.

use crate::http::{PipelineCurrency, PipelineGroup, PipelineMonth, PipelineStage};
use crate::store::Open;
use crate::weights::PipelineChances;
use std::collections::BTreeMap;

/// The most groups that are told of one currency: those worth most.
pub const GROUPS: usize = 200;

/// A sum under way.
#[derive(Default, Clone, Copy)]
struct Sum {
    deals: i64,
    amount: i128,
    /// In hundredths of minor units.
    weighted: i128,
}

impl Sum {
    fn add(&mut self, open: &Open, chance: u8) {
        self.deals += open.deals;
        self.amount += open.amount;
        self.weighted += open.amount * i128::from(chance);
    }

    fn amount(&self) -> i64 {
        fit(self.amount)
    }

    fn weighted(&self) -> i64 {
        fit(self.weighted / 100)
    }
}

/// The largest number that the wire takes stands for all that are larger.
pub fn fit(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(i64::MAX)
}

#[derive(Default)]
struct Sums {
    all: Sum,
    stages: BTreeMap<(String, String), Sum>,
    months: BTreeMap<String, Sum>,
    groups: BTreeMap<Option<String>, Sum>,
}

/// Sum up what is open, and the same or the larger part of it by groups.
pub fn of(open: &[Open], groups: Option<&[Open]>, chances: &PipelineChances) -> Vec<PipelineCurrency> {
    let mut currencies: BTreeMap<String, Sums> = BTreeMap::new();
    for open in open {
        let chance = chances.of(&open.status, &open.stage);
        let sums = currencies.entry(open.currency.clone()).or_default();
        sums.all.add(open, chance);
        sums.stages.entry((open.status.clone(), open.stage.clone())).or_default().add(open, chance);
        sums.months.entry(open.month.clone()).or_default().add(open, chance);
    }
    for open in groups.into_iter().flatten() {
        // What came between the two looks is in neither.
        let Some(sums) = currencies.get_mut(&open.currency) else { continue };
        sums.groups.entry(open.key.clone()).or_default().add(open, chances.of(&open.status, &open.stage));
    }
    currencies.into_iter().map(|(currency, sums)| sums.told(currency, chances, groups.is_some())).collect()
}

impl Sums {
    fn told(self, currency: String, chances: &PipelineChances, grouped: bool) -> PipelineCurrency {
        let stage = |((status, stage), sum): ((String, String), Sum)| PipelineStage {
            chance: chances.of(&status, &stage),
            stage: (!stage.is_empty()).then_some(stage),
            status,
            deals: sum.deals,
            amount: sum.amount(),
            weighted: sum.weighted(),
        };
        let month = |(month, sum): (String, Sum)| PipelineMonth { month, deals: sum.deals, amount: sum.amount(), weighted: sum.weighted() };
        let group = |(key, sum): (Option<String>, Sum)| PipelineGroup { key, deals: sum.deals, amount: sum.amount(), weighted: sum.weighted() };
        let mut groups: Vec<_> = self.groups.into_iter().collect();
        groups.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.amount));
        groups.truncate(GROUPS);
        PipelineCurrency {
            currency,
            deals: self.all.deals,
            amount: self.all.amount(),
            weighted: self.all.weighted(),
            by_stage: self.stages.into_iter().map(stage).collect(),
            by_month: self.months.into_iter().map(month).collect(),
            groups: grouped.then(|| groups.into_iter().map(group).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(stage: &str, month: &str, key: &str, deals: i64, amount: i128) -> Open {
        let (status, currency) = ("approved".to_owned(), "EUR".to_owned());
        Open { status, stage: stage.into(), month: month.into(), currency, key: Some(key.into()), deals, amount }
    }

    #[test]
    fn every_part_sums_to_the_whole() {
        let chances = PipelineChances { stages: [("Won nearly".to_owned(), 90)].into(), ..PipelineChances::default() };
        let cells = vec![
            open("", "2027-01", "a", 2, 1_001),
            open("Won nearly", "2027-01", "b", 1, 500),
            open("Other", "2027-02", "a", 3, i128::from(i64::MAX)),
        ];
        let [told] = of(&cells, Some(&cells), &chances).try_into().unwrap();
        assert_eq!((told.deals, told.amount), (6, i64::MAX));
        assert_eq!(told.by_stage.iter().map(|stage| (stage.deals, stage.chance)).collect::<Vec<_>>(), [(2, 40), (3, 50), (1, 90)]);
        assert_eq!(told.by_month[0].weighted, (1_001 * 40 + 500 * 90) / 100);
        assert_eq!(told.groups.unwrap().iter().map(|group| group.deals).collect::<Vec<_>>(), [5, 1]);
    }
}
