//! The table of identities, and the only queries on it.

use super::IdentityId;
use crate::people::person;
use chrono::{DateTime, Utc};
use kernel::id::{PersonId, VendorId};
use kernel::{Page, PageQuery, Problem, Scope, Tx};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{Condition, DbErr, QueryOrder, QuerySelect, TryInsertResult};

/// The table of identities.
pub mod identity {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "identities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub issuer: String,
        pub subject: String,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn visible(scope: Scope) -> Condition {
    let own = scope.partner().map(|partner| {
        let theirs = Query::select()
            .column(person::Column::Id)
            .from(person::Entity)
            .and_where(person::Column::VendorId.eq(scope.vendor().0))
            .and_where(person::Column::PartnerId.eq(partner.0))
            .to_owned();
        identity::Column::PersonId.in_subquery(theirs)
    });
    Condition::all().add(identity::Column::VendorId.eq(scope.vendor().0)).add_option(own)
}

/// An identity that `scope` may see.
pub(super) async fn find_visible(db: &impl ConnectionTrait, scope: Scope, id: IdentityId) -> Result<Option<identity::Model>, DbErr> {
    identity::Entity::find().filter(visible(scope)).filter(identity::Column::Id.eq(id.0)).one(db).await
}

/// Whose identity this is.
pub(in crate::sso) async fn find_person(db: &impl ConnectionTrait, vendor: VendorId, issuer: &str, subject: &str) -> Result<Option<PersonId>, DbErr> {
    let this = Condition::all()
        .add(identity::Column::VendorId.eq(vendor.0))
        .add(identity::Column::Issuer.eq(issuer))
        .add(identity::Column::Subject.eq(subject));
    Ok(identity::Entity::find().filter(this).one(db).await?.map(|row| PersonId(row.person_id)))
}

/// One page of the identities that `scope` may see, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: Scope,
    person: Option<PersonId>,
    page: PageQuery,
) -> Result<Page<identity::Model>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<Uuid>("identities")?);
    let only = person.map(|person| identity::Column::PersonId.eq(person.0));
    let wanted = visible(scope).add_option(only).add_option(after.map(|id| identity::Column::Id.lt(id)));
    let rows = identity::Entity::find().filter(wanted).order_by_desc(identity::Column::Id).limit(limit + 1).all(db).await?;
    Ok(Page::of("identities", rows, limit, |row| row.id))
}

/// Add an identity; `false` if the vendor has it already.
pub(super) async fn insert(tx: &Tx, row: identity::Model) -> Result<bool, DbErr> {
    let once = [identity::Column::VendorId, identity::Column::Issuer, identity::Column::Subject];
    let insert = identity::Entity::insert(identity::ActiveModel::from(row)).on_conflict_do_nothing_on(once);
    Ok(matches!(insert.exec_without_returning(tx).await?, TryInsertResult::Inserted(1)))
}

/// Remove an identity.
pub(super) async fn delete(tx: &Tx, id: IdentityId) -> Result<(), DbErr> {
    identity::Entity::delete_by_id((tx.vendor().0, id.0)).exec(tx).await.map(|_| ())
}
