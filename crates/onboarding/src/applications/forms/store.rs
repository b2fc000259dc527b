//! The tables of forms and their versions, and the only queries on them.

use super::super::{ApplicationFormId, ApplicationFormVersionId};
use super::layout::nearest;
use super::types::{
    ApplicationForm, ApplicationFormContent, ApplicationFormShown, ApplicationFormStatus, ApplicationFormVersion, ApplicationFormVersionStatus,
};
use access::portals::PortalId;
use chrono::{DateTime, Utc};
use kernel::{Problem, Scope, Tx};
use partners::PartnerType;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::LockType;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};

/// The table of forms.
pub mod form {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "application_forms")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub token_hash: String,
        pub page: String,
        pub portal_id: Option<Uuid>,
        pub partner_types: String,
        pub per_minute: i64,
        pub status: String,
        pub version_id: Option<Uuid>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of versions.
pub mod version {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "application_form_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub form_id: Uuid,
        pub version: i64,
        pub status: String,
        pub body: String,
        pub published_at: Option<DateTime<Utc>>,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl form::Model {
    /// Whether it takes applications.
    pub fn is_open(&self) -> bool {
        self.status == "open"
    }

    /// The types of partners that one may ask to be; all if empty.
    pub fn partner_types(&self) -> Result<Vec<PartnerType>, Problem> {
        super::super::store::json(&self.partner_types)
    }

    /// On the wire.
    pub fn shown(&self) -> Result<ApplicationForm, Problem> {
        let open = self.is_open();
        Ok(ApplicationForm {
            id: ApplicationFormId(self.id),
            name: self.name.clone(),
            page: self.page.clone(),
            portal_id: self.portal_id.map(PortalId),
            partner_types: self.partner_types()?,
            per_minute: self.per_minute,
            status: if open { ApplicationFormStatus::Open } else { ApplicationFormStatus::Closed },
            version_id: self.version_id.map(ApplicationFormVersionId),
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: open.then(|| "close".to_owned()).into_iter().collect(),
        })
    }
}

impl version::Model {
    /// What it asks.
    pub fn content(&self) -> Result<ApplicationFormContent, Problem> {
        super::super::store::json(&self.body)
    }

    /// On the wire.
    pub fn shown(&self) -> Result<ApplicationFormVersion, Problem> {
        let draft = self.status == "draft";
        Ok(ApplicationFormVersion {
            id: ApplicationFormVersionId(self.id),
            form_id: ApplicationFormId(self.form_id),
            version: self.version,
            status: if draft { ApplicationFormVersionStatus::Draft } else { ApplicationFormVersionStatus::Published },
            content: self.content()?,
            published_at: self.published_at,
            revision: self.revision,
            created_at: self.created_at,
            updated_at: self.updated_at,
            available_actions: draft.then(|| "publish".to_owned()).into_iter().collect(),
        })
    }
}

/// The form as an applicant sees it, in the language nearest to the one that is wanted.
pub fn asked(vendor: String, form: &form::Model, version: &version::Model, language: Option<&str>) -> Result<ApplicationFormShown, Problem> {
    let content = version.content()?;
    let language = nearest(&content.languages, language, &content.default_language);
    let types = form.partner_types()?;
    let mut always = vec!["company.name", "company.country", "contact.name"];
    // Where there is but one type, nobody is asked.
    if types.len() != 1 {
        always.push("company.partner_type");
    }
    let further: Vec<_> = content.required.iter().map(|field| field.path()).filter(|path| !always.contains(path)).collect();
    Ok(ApplicationFormShown {
        vendor,
        name: form.name.clone(),
        version: version.version,
        sections: content.layout.iter().map(|section| section.shown(&language, &content.default_language)).collect(),
        language,
        required: always.into_iter().chain(further).map(str::to_owned).collect(),
        languages: content.languages,
        partner_types: types,
        schema: content.schema,
    })
}

fn forms(scope: Scope) -> sea_orm::Select<form::Entity> {
    form::Entity::find().filter(form::Column::VendorId.eq(scope.vendor().0))
}

fn versions(scope: Scope) -> sea_orm::Select<version::Entity> {
    version::Entity::find().filter(version::Column::VendorId.eq(scope.vendor().0))
}

/// The form of this id.
pub async fn find(db: &impl ConnectionTrait, scope: Scope, id: ApplicationFormId) -> Result<Option<form::Model>, DbErr> {
    forms(scope).filter(form::Column::Id.eq(id.0)).one(db).await
}

/// Like [`find`], for a change.
pub async fn find_to_change(tx: &Tx, id: ApplicationFormId) -> Result<Option<form::Model>, DbErr> {
    forms(tx.scope()).filter(form::Column::Id.eq(id.0)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// Up to `limit` forms before `before`, newest first.
pub async fn list(db: &impl ConnectionTrait, scope: Scope, before: Option<Uuid>, limit: u64) -> Result<Vec<form::Model>, DbErr> {
    let find = forms(scope).filter(sea_orm::Condition::all().add_option(before.map(|before| form::Column::Id.lt(before))));
    find.order_by_desc(form::Column::Id).limit(limit).all(db).await
}

/// Keep a new form.
pub async fn insert(tx: &Tx, row: &form::Model) -> Result<(), DbErr> {
    form::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(drop)
}

/// Keep a changed form, one revision on.
pub async fn update(tx: &Tx, row: &mut form::Model) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    let this = form::Column::VendorId.eq(row.vendor_id).and(form::Column::Id.eq(row.id));
    form::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}

/// The version of this id.
pub async fn version(db: &impl ConnectionTrait, scope: Scope, id: ApplicationFormVersionId) -> Result<Option<version::Model>, DbErr> {
    versions(scope).filter(version::Column::Id.eq(id.0)).one(db).await
}

/// The number of the latest version of a form; 0 if it has none.
pub async fn last_version(tx: &Tx, form: ApplicationFormId) -> Result<i64, DbErr> {
    let last = versions(tx.scope()).filter(version::Column::FormId.eq(form.0)).order_by_desc(version::Column::Version).limit(1).one(tx).await?;
    Ok(last.map_or(0, |row| row.version))
}

/// Up to `limit` versions before `before`, newest first.
pub async fn list_versions(
    db: &impl ConnectionTrait,
    scope: Scope,
    form: Option<ApplicationFormId>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<version::Model>, DbErr> {
    let wanted = sea_orm::Condition::all()
        .add_option(form.map(|form| version::Column::FormId.eq(form.0)))
        .add_option(before.map(|before| version::Column::Id.lt(before)));
    versions(scope).filter(wanted).order_by_desc(version::Column::Id).limit(limit).all(db).await
}

/// Keep a new version.
pub async fn insert_version(tx: &Tx, row: &version::Model) -> Result<(), DbErr> {
    version::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await.map(drop)
}

/// Keep a changed version, one revision on.
pub async fn update_version(tx: &Tx, row: &mut version::Model) -> Result<(), DbErr> {
    (row.revision, row.updated_at) = (row.revision + 1, tx.now());
    let this = version::Column::VendorId.eq(row.vendor_id).and(version::Column::Id.eq(row.id));
    version::Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await.map(drop)
}
