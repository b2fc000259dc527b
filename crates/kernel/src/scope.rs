//! Whose rows a query may touch, and the one place that says so in SQL.
//!
//! A caller of the vendor sees everything of it; a partner's person sees that partner; and a person of the vendor whose **reach** was narrowed
//! sees the partners within it. A reach is rows of the table `reaches`, each a partner or a territory (a region, a country, or both together), and
//! the database resolves it in the query itself: so a scope stays small, and a partner that moves to another region is within
//! or out of reach at once. Stores put [`Scope::limit`] on the column that names the partner of a row.

use crate::id::{PartnerId, PersonId, VendorId};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr};
use std::collections::HashSet;
use uuid::Uuid;

/// How much of its vendor a scope takes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Within {
    /// All of it.
    Everything,
    /// One partner: the caller is one of its people.
    Partner(PartnerId),
    /// The partners that this person of the vendor reaches.
    Reach(PersonId),
}

/// Whose rows a query may touch: one vendor's, and within it perhaps not all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    vendor: VendorId,
    within: Within,
}

impl Scope {
    /// A part of one vendor.
    pub fn new(vendor: VendorId, within: Within) -> Self {
        Self { vendor, within }
    }

    /// All of one vendor: for the system's own workers.
    pub fn vendor_wide(vendor: VendorId) -> Self {
        Self::new(vendor, Within::Everything)
    }

    /// The vendor.
    pub fn vendor(&self) -> VendorId {
        self.vendor
    }

    /// How much of it.
    pub fn within(&self) -> Within {
        self.within
    }

    /// The partner whose person calls; none for the vendor's own callers. It tells whose side somebody is on; which rows they see is for
    /// [`Scope::limit`] to say.
    pub fn partner(&self) -> Option<PartnerId> {
        match self.within {
            Within::Partner(own) => Some(own),
            Within::Everything | Within::Reach(_) => None,
        }
    }

    /// The person of the vendor whose reach narrows this scope, if one does.
    pub fn narrowed(&self) -> Option<PersonId> {
        match self.within {
            Within::Reach(person) => Some(person),
            Within::Everything | Within::Partner(_) => None,
        }
    }

    /// The rows whose `column`, a partner's id, is within this scope. Every store of what belongs to a partner filters by this.
    pub fn limit(&self, column: impl ColumnTrait) -> Condition {
        match self.within {
            Within::Everything => Condition::all(),
            Within::Partner(own) => Condition::all().add(column.eq(own.0)),
            Within::Reach(person) => Condition::all().add(column.in_subquery(reached(self.vendor, person))),
        }
    }

    /// Like [`Scope::limit`], where rows without a partner are the vendor's own: its callers see those, however narrow their reach.
    pub fn limit_or_vendors(&self, column: impl ColumnTrait) -> Condition {
        match self.within {
            Within::Reach(_) => Condition::any().add(self.limit(column)).add(column.is_null()),
            Within::Everything | Within::Partner(_) => self.limit(column),
        }
    }

    /// Like [`Scope::limit_or_vendors`], for a column with the id of a deal registration.
    pub fn limit_by_deal(&self, column: impl ColumnTrait) -> Condition {
        let partner = match self.within {
            Within::Everything => return Condition::all(),
            Within::Partner(own) => Expr::col("partner_id").eq(own.0),
            Within::Reach(person) => Expr::col("partner_id").in_subquery(reached(self.vendor, person)),
        };
        let deals = Query::select().column("id").from("deals").and_where(Expr::col("vendor_id").eq(self.vendor.0)).and_where(partner).to_owned();
        Condition::any().add(column.in_subquery(deals)).add(column.is_null())
    }

    /// Those of `partners` that are within this scope.
    pub async fn reached(&self, db: &impl ConnectionTrait, partners: impl IntoIterator<Item = PartnerId>) -> Result<HashSet<PartnerId>, DbErr> {
        let mut partners: HashSet<_> = partners.into_iter().collect();
        match self.within {
            Within::Everything => {}
            Within::Partner(own) => partners.retain(|partner| *partner == own),
            Within::Reach(_) if partners.is_empty() => {}
            Within::Reach(person) => {
                let wanted = Expr::col(("p", "id")).is_in(partners.iter().map(|partner| partner.0));
                let rows = db.query_all(reached(self.vendor, person).and_where(wanted)).await?;
                partners = rows.into_iter().map(|row| row.try_get::<Uuid>("", "id").map(PartnerId)).collect::<Result<_, _>>()?;
            }
        }
        Ok(partners)
    }

    /// Whether `partner` is within this scope.
    pub async fn reaches(&self, db: &impl ConnectionTrait, partner: PartnerId) -> Result<bool, DbErr> {
        Ok(self.reached(db, [partner]).await?.contains(&partner))
    }
}

/// The ids of the partners that a person of the vendor reaches: those named, and those in a territory named.
fn reached(vendor: VendorId, person: PersonId) -> SelectStatement {
    let column = |table: &'static str, name: &'static str| Expr::col((table, name));
    let fits = |name| column("r", name).is_null().or(column("r", name).equals(("p", name)));
    let named = column("r", "partner_id").equals(("p", "id"));
    let territory = column("r", "partner_id").is_null().and(fits("region")).and(fits("country"));
    Query::select()
        .column(("p", "id"))
        .from_as("partners", "p")
        .from_as("reaches", "r")
        .and_where(column("p", "vendor_id").eq(vendor.0))
        .and_where(column("r", "vendor_id").eq(vendor.0))
        .and_where(column("r", "person_id").eq(person.0))
        .and_where(named.or(territory))
        .to_owned()
}
