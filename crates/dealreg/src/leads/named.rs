//! Named accounts: companies that are one partner's. Their leads are offered to it first.

use super::NamedAccountId;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::id::{PartnerId, VendorId};
use kernel::idempotency::Answer;
use kernel::log::EventKind;
use kernel::{App, At, Event, Page, PageQuery, Params, Problem, Scope, Subject, Tx, Valid};
use matching::Key;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

/// The table of named accounts.
pub mod row {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "named_accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub key: String,
        pub kind: String,
        pub value: String,
        pub partner_id: Uuid,
        pub created_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use row::{Column, Entity, Model};

/// A company that is to be one partner's.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "domain": "fabrikam.example"}))]
pub struct NamedAccountCreate {
    /// The partner.
    pub partner_id: PartnerId,
    /// The company's web domain. Either this or `account_external_id`.
    #[validate(length(min = 1, max = 253))]
    #[schema(min_length = 1, max_length = 253)]
    #[serde(default)]
    pub domain: Option<String>,
    /// The id by which the CRM knows the account.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default)]
    pub account_external_id: Option<String>,
}

/// A company that is one partner's.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "nac_01jd3k7x2mfq8t9v5w6y0zabcd", "partner_id": "ptn_01jd3k7x2mfq8t9v5w6y0zabcd", "domain": "fabrikam.example",
    "created_at": "2026-11-20T12:00:00Z"}))]
pub struct NamedAccount {
    /// Its id.
    pub id: NamedAccountId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The company's web domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The id by which the CRM knows the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_external_id: Option<String>,
    /// When it was named.
    pub created_at: DateTime<Utc>,
}

impl From<Model> for NamedAccount {
    fn from(row: Model) -> Self {
        let (domain, account) = if row.kind == "domain" { (Some(row.value), None) } else { (None, Some(row.value)) };
        Self { id: NamedAccountId(row.id), partner_id: PartnerId(row.partner_id), domain, account_external_id: account, created_at: row.created_at }
    }
}

impl Resource for NamedAccount {
    fn location(&self) -> Option<String> {
        Some(format!("/v1/named-accounts/{}", self.id))
    }
}

macro_rules! named_events {
    ($($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            /// The named account.
            pub named_account: NamedAccount,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                Subject::new("named_account", self.named_account.id, 1)
            }
        })+

        pub(super) fn event_kinds() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

named_events! {
    NamedAccountCreated = "named_account.created" "A company was named as one partner's.";
    NamedAccountMoved = "named_account.moved" "A company that is one partner's is known by another account, since two were merged or parted.";
    NamedAccountDeleted = "named_account.deleted" "A company is no partner's any more.";
}

/// The partner whose company has one of these keys, and what says so.
pub async fn owner(db: &impl ConnectionTrait, vendor: VendorId, keys: &[Key]) -> Result<Option<(PartnerId, String)>, DbErr> {
    let everybody = Scope::vendor_wide(vendor);
    let exact: Vec<_> = keys.iter().map(|key| key.as_str().to_owned()).collect();
    let decisive = crate::service::ground::claimed(keys);
    let accounts = crm::accounts_by_keys(db, everybody, &decisive).await?;
    let wanted: Vec<_> = exact.into_iter().chain(accounts.into_iter().map(|hit| account_key(&hit.account.external_id))).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    // The account in the CRM says more than a domain: `account:` comes first.
    let row = scoped(everybody).filter(Column::Key.is_in(wanted)).order_by_asc(Column::Kind).order_by_asc(Column::Id).limit(1).one(db).await?;
    Ok(row.map(|row| (PartnerId(row.partner_id), row.value)))
}

/// Who is named for the account that the CRM knows by this id: the named account and its partner.
pub(crate) async fn of_account(db: &impl ConnectionTrait, vendor: VendorId, external_id: &str) -> Result<Option<(Uuid, PartnerId)>, DbErr> {
    let row = scoped(Scope::vendor_wide(vendor)).filter(Column::Key.eq(account_key(external_id))).one(db).await?;
    Ok(row.map(|row| (row.id, PartnerId(row.partner_id))))
}

/// Let a company that is known by this account be known by that one, unless that one is somebody's already; says whether it is.
pub(crate) async fn move_to(tx: &mut Tx, id: Uuid, from: &str, to: &str) -> Result<bool, Problem> {
    let everybody = Scope::vendor_wide(tx.vendor());
    let found = scoped(everybody).filter(Column::Id.eq(id)).filter(Column::Key.eq(account_key(from))).one(tx).await?;
    let Some(mut row) = found else { return Ok(false) };
    if of_account(tx, tx.vendor(), to).await?.is_some() {
        return Ok(false);
    }
    (row.value, row.key) = (to.to_owned(), account_key(to));
    let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id));
    Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?;
    tx.emit(NamedAccountMoved { named_account: NamedAccount::from(row) });
    Ok(true)
}

fn account_key(external_id: &str) -> String {
    format!("account:{external_id}")
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0)).filter(scope.limit(Column::PartnerId))
}

async fn create(tx: &mut Tx, new: NamedAccountCreate) -> Result<NamedAccount, Problem> {
    if partners::find(tx, tx.scope(), new.partner_id).await?.is_none() {
        return Err(Problem::invalid("/partner_id", "no_such_partner", "There is no such partner."));
    }
    let (kind, value, key) = match (new.domain, new.account_external_id) {
        (Some(domain), None) => {
            let profile = matching::Profile { domain: Some(&domain), ..matching::Profile::named("") };
            let key = matching::exact_keys(&profile).first().map(|key| key.as_str().to_owned());
            let key = key.ok_or_else(|| Problem::invalid("/domain", "domain", "Send a domain that is one company's, e.g. fabrikam.example."))?;
            ("domain", domain, key)
        }
        (None, Some(account)) => {
            // One that was merged is known by the id of the account that survives.
            let survivor = crm::account_by_external_id(tx, tx.scope(), &account).await?.map(|row| row.external_id);
            let account = survivor.unwrap_or(account);
            ("account", account.clone(), account_key(&account))
        }
        _ => return Err(Problem::invalid("/domain", "either_or", "Send either a domain or an account_external_id.")),
    };
    let row = Model {
        vendor_id: tx.vendor().0,
        id: NamedAccountId::fresh().0,
        key,
        kind: kind.to_owned(),
        value,
        partner_id: new.partner_id.0,
        created_at: tx.now(),
    };
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    if Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 0 {
        return Err(Problem::new(crate::error::NAMED_ACCOUNT_TAKEN));
    }
    let named_account = NamedAccount::from(row);
    tx.emit(NamedAccountCreated { named_account: named_account.clone() });
    Ok(named_account)
}

async fn delete(tx: &mut Tx, id: NamedAccountId) -> Result<(), Problem> {
    let row = scoped(tx.scope()).filter(Column::Id.eq(id.0)).one(tx).await?.ok_or_else(Problem::not_found)?;
    Entity::delete_by_id((row.vendor_id, row.id)).exec(tx).await?;
    tx.emit(NamedAccountDeleted { named_account: NamedAccount::from(row) });
    Ok(())
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_named_account, list_named_accounts)).routes(routes!(get_named_account, delete_named_account))
}

/// Name a company as one partner's: its leads are offered to that partner first.
#[utoipa::path(post, path = "/named-accounts", operation_id = "create_named_account", tag = "leads", request_body = NamedAccountCreate,
    security(("bearer" = ["leads:manage"])),
    responses((status = 201, description = "The named account.", body = NamedAccount)))]
async fn create_named_account(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    Valid(body): Valid<NamedAccountCreate>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::CREATED, async |tx| create(tx, body).await).await
}

/// Filters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NamedAccountQuery {
    /// Only those of this partner.
    pub partner_id: Option<PartnerId>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List named accounts, newest first.
#[utoipa::path(get, path = "/named-accounts", operation_id = "list_named_accounts", tag = "leads", params(NamedAccountQuery),
    security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "A page of named accounts.", body = Page<NamedAccount>)))]
async fn list_named_accounts(
    State(app): State<App>,
    who: Can<may::ManageLeads>,
    Params(query): Params<NamedAccountQuery>,
) -> Result<Json<Page<NamedAccount>>, Problem> {
    const LIST: &str = "named_accounts";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<Uuid>(LIST)?);
    let wanted = sea_orm::Condition::all()
        .add_option(query.partner_id.map(|partner| Column::PartnerId.eq(partner.0)))
        .add_option(before.map(|before| Column::Id.lt(before)));
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = scoped(who.scope).filter(wanted).order_by_desc(Column::Id).limit(limit + 1).all(&db).await?;
    Ok(Json(Page::of(LIST, rows, limit, |row| row.id).map(NamedAccount::from)))
}

/// Read a named account.
#[utoipa::path(get, path = "/named-accounts/{id}", operation_id = "get_named_account", tag = "leads",
    params(("id" = NamedAccountId, Path, description = "The named account.")), security(("bearer" = ["leads:manage"])),
    responses((status = 200, description = "The named account.", body = NamedAccount)))]
async fn get_named_account(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<NamedAccountId>) -> Result<Response, Problem> {
    let db = app.db().read_of(who.scope.vendor()).await?;
    let row = scoped(who.scope).filter(Column::Id.eq(id.0)).one(&db).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::of(StatusCode::OK, &NamedAccount::from(row)).into_response(false))
}

/// Name it as nobody's any more.
#[utoipa::path(delete, path = "/named-accounts/{id}", operation_id = "delete_named_account", tag = "leads",
    params(("id" = NamedAccountId, Path, description = "The named account.")), security(("bearer" = ["leads:manage"])),
    responses((status = 204, description = "It is gone.")))]
async fn delete_named_account(State(app): State<App>, who: Can<may::ManageLeads>, At(id): At<NamedAccountId>) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::NO_CONTENT, async |tx| delete(tx, id).await).await
}
