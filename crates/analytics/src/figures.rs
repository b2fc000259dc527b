//! Rates and times from the sums of what happened. Pure.

use crate::facts::Tally;
use crate::http::{DealFigure, FigureSum};
use crate::pipeline::fit;
use crate::store::Happened;
use std::collections::BTreeMap;

/// One figure for each group, those that won most deals first.
pub fn of(happened: Vec<Happened>) -> Vec<DealFigure> {
    let mut groups: BTreeMap<Option<String>, (Tally, Vec<FigureSum>)> = BTreeMap::new();
    for Happened { key, currency, counts, won_amount } in happened {
        let (sum, amounts) = groups.entry(key).or_default();
        add(sum, &counts);
        if counts.won > 0 {
            amounts.push(FigureSum { amount: fit(won_amount), currency });
        }
    }
    let mut figures: Vec<_> = groups.into_iter().map(|(key, (sum, amounts))| figure(key, &sum, amounts)).collect();
    figures.sort_by_key(|figure| std::cmp::Reverse((figure.won, figure.submitted)));
    figures
}

fn add(sum: &mut Tally, counts: &Tally) {
    sum.submitted += counts.submitted;
    sum.decided += counts.decided;
    sum.automatic += counts.automatic;
    sum.decision_seconds += counts.decision_seconds;
    sum.approved += counts.approved;
    sum.rejected += counts.rejected;
    sum.expired += counts.expired;
    sum.withdrawn += counts.withdrawn;
    sum.lost += counts.lost;
    sum.won += counts.won;
    sum.won_seconds += counts.won_seconds;
}

/// `part` of `whole`, to four digits; absent where there is nothing to divide by.
fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

fn figure(key: Option<String>, sum: &Tally, mut won_amounts: Vec<FigureSum>) -> DealFigure {
    won_amounts.sort_by(|a, b| a.currency.cmp(&b.currency));
    DealFigure {
        key,
        submitted: sum.submitted,
        decided: sum.decided,
        approved: sum.approved,
        rejected: sum.rejected,
        expired: sum.expired,
        withdrawn: sum.withdrawn,
        won: sum.won,
        lost: sum.lost,
        won_amounts,
        automatic_rate: ratio(sum.automatic, sum.decided),
        approval_rate: ratio(sum.approved, sum.decided),
        win_rate: ratio(sum.won, sum.won + sum.lost),
        mean_hours_to_decision: ratio(sum.decision_seconds, sum.decided * 3_600),
        mean_days_to_win: ratio(sum.won_seconds, sum.won * 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_times_are_of_all_currencies_and_amounts_of_each() {
        let counts = |won, lost| Tally { submitted: 4, decided: 4, automatic: 1, decision_seconds: 7_200, won, lost, won_seconds: 86_400 * won, ..Tally::default() };
        let one = |currency: &str, won, lost| Happened { key: None, currency: currency.into(), counts: counts(won, lost), won_amount: 10 };
        let [figure] = of(vec![one("USD", 1, 0), one("EUR", 1, 1)]).try_into().unwrap();
        assert_eq!((figure.submitted, figure.win_rate, figure.automatic_rate), (8, Some(0.6667), Some(0.25)));
        assert_eq!((figure.mean_hours_to_decision, figure.mean_days_to_win), (Some(0.5), Some(1.0)));
        assert_eq!(figure.won_amounts.iter().map(|sum| sum.currency.as_str()).collect::<Vec<_>>(), ["EUR", "USD"]);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        let figure = figure(None, &Tally::default(), Vec::new());
        assert_eq!((figure.win_rate, figure.mean_days_to_win), (None, None));
    }
}
