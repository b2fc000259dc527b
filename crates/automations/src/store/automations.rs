//! What vendors changed or added, and the automations that follow from it.

use crate::catalogue::Catalogue;
use crate::rules::Definition;
use crate::types::{Automation, AutomationName, AutomationOrigin};
use access::Permission;
use chrono::{DateTime, Utc};
use kernel::id::VendorId;
use kernel::{Actor, Problem, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// The table of what vendors changed or added.
pub mod automation {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "automations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub definition: Option<String>,
        pub enabled: bool,
        pub active_after: i64,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// An automation as a vendor has it.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// What it does.
    pub definition: Definition,
    /// Whether a standard automation has this name.
    pub standard: bool,
    /// What the vendor changed or added; none for a standard one that it never changed.
    pub row: Option<automation::Model>,
}

impl Held {
    /// Whether events start it.
    pub fn enabled(&self) -> bool {
        self.row.as_ref().is_none_or(|row| row.enabled)
    }

    /// Its revision.
    pub fn revision(&self) -> i64 {
        self.row.as_ref().map_or(1, |row| row.revision)
    }

    /// The place in the log after which events start it.
    pub fn active_after(&self) -> i64 {
        self.row.as_ref().map_or(0, |row| row.active_after)
    }

    /// Whether it is a standard one that does something else than the standard says, or nothing.
    pub fn changed(&self) -> bool {
        self.standard && self.row.as_ref().is_some_and(|row| row.definition.is_some() || !row.enabled)
    }

    /// As `who` is shown it.
    pub fn show(&self, who: &Actor) -> Automation {
        let mut actions = Vec::new();
        if who.grants & Permission::ManageAutomations.bit() != 0 {
            actions.extend(["update", if self.enabled() { "disable" } else { "enable" }, "dry_run"]);
            actions.extend((!self.standard).then_some("delete"));
            actions.extend(self.changed().then_some("reset"));
        }
        Automation {
            name: AutomationName::read(&self.name).expect("stored names are names"),
            summary: self.definition.summary.clone(),
            on: self.definition.on.clone(),
            when: self.definition.when.clone(),
            steps: self.definition.steps.clone(),
            enabled: self.enabled(),
            origin: if self.standard { AutomationOrigin::Standard } else { AutomationOrigin::Own },
            changed: self.changed(),
            revision: self.revision(),
            created_at: self.row.as_ref().map(|row| row.created_at),
            updated_at: self.row.as_ref().map(|row| row.updated_at),
            available_actions: actions.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The automation of a row; none if it goes back to a standard that is no more.
fn held(catalogue: &Catalogue, row: automation::Model) -> Result<Option<Held>, Problem> {
    let standard = catalogue.standard(&row.name);
    let definition = match &row.definition {
        Some(text) => Some(serde_json::from_str(text).map_err(Problem::internal)?),
        None => standard.cloned(),
    };
    Ok(definition.map(|definition| Held { name: row.name.clone(), definition, standard: standard.is_some(), row: Some(row) }))
}

fn unchanged(name: &str, definition: &Definition) -> Held {
    Held { name: name.to_owned(), definition: definition.clone(), standard: true, row: None }
}

/// Every automation that the vendor has, by name: at most some hundreds.
pub async fn all(db: &impl ConnectionTrait, vendor: VendorId, catalogue: &Catalogue) -> Result<Vec<Held>, Problem> {
    let rows = automation::Entity::find().filter(automation::Column::VendorId.eq(vendor.0)).order_by_asc(automation::Column::Name).all(db).await?;
    let mut by_name: BTreeMap<_, _> = catalogue.standards().map(|(name, definition)| (name.to_owned(), unchanged(name, definition))).collect();
    for row in rows {
        by_name.extend(held(catalogue, row)?.map(|held| (held.name.clone(), held)));
    }
    Ok(by_name.into_values().collect())
}

/// One automation of the vendor.
pub async fn find(db: &impl ConnectionTrait, vendor: VendorId, catalogue: &Catalogue, name: &str) -> Result<Option<Held>, Problem> {
    let row = automation::Entity::find_by_id((vendor.0, name.to_owned())).one(db).await?;
    or_standard(catalogue, name, row)
}

/// Like [`find`], for a change: on Postgres no other write changes the row until this one ends.
pub async fn find_to_change(tx: &Tx, catalogue: &Catalogue, name: &str) -> Result<Option<Held>, Problem> {
    let this = automation::Entity::find_by_id((tx.vendor().0, name.to_owned()));
    or_standard(catalogue, name, this.lock(LockType::NoKeyUpdate).one(tx).await?)
}

fn or_standard(catalogue: &Catalogue, name: &str, row: Option<automation::Model>) -> Result<Option<Held>, Problem> {
    match row {
        Some(row) => held(catalogue, row),
        None => Ok(catalogue.standard(name).map(|definition| unchanged(name, definition))),
    }
}

/// How many rows the vendor has.
pub async fn count(tx: &Tx) -> Result<u64, DbErr> {
    automation::Entity::find().filter(automation::Column::VendorId.eq(tx.vendor().0)).count(tx).await
}

/// Add a row; `false` if there is one of this name.
pub async fn insert(tx: &Tx, row: automation::Model) -> Result<bool, DbErr> {
    let once = sea_orm::sea_query::OnConflict::columns([automation::Column::VendorId, automation::Column::Name]).do_nothing().to_owned();
    let done = automation::Entity::insert(row.into_active_model()).on_conflict(once).exec_without_returning(tx).await;
    match done {
        Ok(count) => Ok(count == 1),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(cause) => Err(cause),
    }
}

/// Write the whole row that [`find_to_change`] found.
pub async fn update(tx: &Tx, row: automation::Model) -> Result<(), DbErr> {
    let this = automation::Column::VendorId.eq(row.vendor_id).and(automation::Column::Name.eq(row.name.clone()));
    automation::Entity::update_many().set(row.into_active_model().reset_all()).filter(this).exec(tx).await.map(|_| ())
}

/// Take a row out.
pub async fn delete(tx: &Tx, name: &str) -> Result<(), DbErr> {
    automation::Entity::delete_by_id((tx.vendor().0, name.to_owned())).exec(tx).await.map(|_| ())
}
