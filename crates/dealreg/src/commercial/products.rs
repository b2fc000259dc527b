//! Products, mirrored by the vendor's own ids: families for rules, and list prices.

use super::events::{ProductCreated, ProductUpdated};
use crate::error;
use access::{Can, may};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use kernel::app::Resource;
use kernel::idempotency::Answer;
use kernel::money::Currency;
use kernel::problem::ProblemDocument;
use kernel::{App, At, Money, Page, PageQuery, Params, Problem, Scope, Tx, Valid};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait as _, IntoActiveModel as _, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

/// The table of products.
pub mod product {
    #![allow(missing_docs)]
    use super::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "products")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub vendor_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub external_id: String,
        pub name: String,
        pub name_key: String,
        pub family: Option<String>,
        pub list_prices: String,
        pub revision: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use product::{Column, Entity, Model};

/// A product, as the vendor's own system has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "GTX Pro", "family": "GTX", "list_prices": [{"amount": 482100, "currency": "EUR"}]}))]
pub struct ProductPut {
    /// Its name; lines of deals may say this, or the vendor's id.
    #[validate(length(min = 1, max = 200), custom(function = kernel::text::not_blank))]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// What it is one of: rules speak of families.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub family: Option<String>,
    /// What one costs by the list, at most once in each currency.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = one_of_each))]
    #[schema(max_items = 20)]
    pub list_prices: Vec<Money>,
}

fn one_of_each(prices: &[Money]) -> Result<(), ValidationError> {
    let twice = |(at, price): (usize, &Money)| prices[..at].iter().any(|other| other.currency == price.currency);
    if prices.iter().enumerate().any(twice) {
        return Err(ValidationError::new("duplicate").with_message("Give one price for each currency.".into()));
    }
    Ok(())
}

/// A product.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"external_id": "P-4711", "name": "GTX Pro", "family": "GTX", "list_prices": [{"amount": 482100, "currency": "EUR"}],
    "revision": 1, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"}))]
pub struct Product {
    /// The vendor's own id of it.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// What it is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// What one costs by the list.
    pub list_prices: Vec<Money>,
    /// Counts its changes; the `ETag`.
    pub revision: i64,
    /// When it came here.
    pub created_at: DateTime<Utc>,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
}

impl Product {
    /// What one costs by the list in this currency.
    pub fn list_price(&self, currency: Currency) -> Option<&Money> {
        self.list_prices.iter().find(|price| price.currency == currency)
    }

    fn of(row: Model) -> Result<Self, Problem> {
        let list_prices = serde_json::from_str(&row.list_prices).map_err(Problem::internal)?;
        let Model { external_id, name, family, revision, created_at, updated_at, .. } = row;
        Ok(Self { external_id, name, family, list_prices, revision, created_at, updated_at })
    }
}

/// A product that was put: 201 if it is new.
#[derive(Serialize)]
#[serde(transparent)]
struct Put {
    product: Product,
    #[serde(skip)]
    created: bool,
}

impl Resource for Put {
    fn revision(&self) -> Option<i64> {
        Some(self.product.revision)
    }
    fn status(&self) -> Option<StatusCode> {
        Some(if self.created { StatusCode::CREATED } else { StatusCode::OK })
    }
}

impl Resource for Product {
    fn revision(&self) -> Option<i64> {
        Some(self.revision)
    }
}

fn scoped(scope: Scope) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::VendorId.eq(scope.vendor().0))
}

async fn by_external_id(db: &impl ConnectionTrait, scope: Scope, external_id: &str) -> Result<Option<Model>, DbErr> {
    scoped(scope).filter(Column::ExternalId.eq(external_id)).one(db).await
}

/// The products that lines call so: by the vendor's id, else by the name, whatever its case and accents.
pub async fn called(db: &impl ConnectionTrait, scope: Scope, names: &[&str]) -> Result<HashMap<String, Product>, Problem> {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = Condition::any()
        .add(Column::ExternalId.is_in(names.iter().map(ToString::to_string)))
        .add(Column::NameKey.is_in(names.iter().map(|name| kernel::text::fold(name))));
    let rows = scoped(scope).filter(wanted).order_by_asc(Column::ExternalId).limit(1_000).all(db).await?;
    let mut found = HashMap::new();
    for name in names {
        let folded = kernel::text::fold(name);
        let row = rows.iter().find(|row| row.external_id == **name).or_else(|| rows.iter().find(|row| row.name_key == folded));
        if let Some(row) = row {
            found.insert((*name).to_owned(), Product::of(row.clone())?);
        }
    }
    Ok(found)
}

async fn put(tx: &mut Tx, external_id: String, body: ProductPut) -> Result<Put, Problem> {
    if external_id.trim() != external_id || external_id.is_empty() || external_id.chars().count() > 200 || external_id.chars().any(char::is_control) {
        return Err(Problem::invalid("external_id", "invalid_value", "An id has 1 to 200 characters, none of them a control character."));
    }
    let stored = by_external_id(tx, tx.scope(), &external_id).await?;
    if tx.actor().request.if_match.is_some() {
        let revision = stored.as_ref().map(|row| row.revision).ok_or_else(|| Problem::new(kernel::problem::kinds::STALE))?;
        tx.actor().require_match(revision)?;
    }
    let list_prices = serde_json::to_string(&body.list_prices).map_err(Problem::internal)?;
    match stored {
        None => create(tx, external_id, body, list_prices).await,
        Some(mut row) => {
            let before = row.clone();
            (row.name_key, row.name, row.family, row.list_prices) = (kernel::text::fold(&body.name), body.name, body.family, list_prices);
            if row != before {
                (row.revision, row.updated_at) = (before.revision + 1, tx.now());
                let this = Column::VendorId.eq(row.vendor_id).and(Column::Id.eq(row.id)).and(Column::Revision.eq(before.revision));
                if Entity::update_many().set(row.clone().into_active_model().reset_all()).filter(this).exec(tx).await?.rows_affected != 1 {
                    return Err(Problem::new(kernel::problem::kinds::STALE));
                }
                tx.emit(ProductUpdated { product: Product::of(row.clone())? });
            }
            Ok(Put { product: Product::of(row)?, created: false })
        }
    }
}

async fn create(tx: &mut Tx, external_id: String, body: ProductPut, list_prices: String) -> Result<Put, Problem> {
    let row = Model {
        vendor_id: tx.vendor().0,
        id: kernel::id::fresh(),
        external_id,
        name_key: kernel::text::fold(&body.name),
        name: body.name,
        family: body.family,
        list_prices,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let on = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
    if Entity::insert(row.clone().into_active_model()).on_conflict(on).exec_without_returning(tx).await? == 0 {
        return Err(Problem::new(error::PRODUCT_RACE));
    }
    let product = Product::of(row)?;
    tx.emit(ProductCreated { product: product.clone() });
    Ok(Put { product, created: true })
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_products)).routes(routes!(get_product, put_product))
}

/// Create or replace a product.
///
/// It is afterwards exactly what was sent. If it was so already, nothing changes and no event is published.
/// `If-Match` is honoured but not required: without it, the last writer wins.
#[utoipa::path(put, path = "/products/{external_id}", operation_id = "put_product", tag = "products", request_body = ProductPut,
    params(("external_id" = String, Path, description = "The vendor's own id of the product, percent-encoded.", max_length = 200),
        ("If-Match" = Option<String>, Header, description = "The revision (`ETag`) that the product must still have; 412 if it has another.")),
    security(("bearer" = ["crm:write"])),
    responses(
        (status = 200, description = "The product, changed or as it was already.", body = Product),
        (status = 201, description = "The new product.", body = Product),
        (status = 412, description = "The product has changed since `If-Match`.", body = ProblemDocument, content_type = "application/problem+json")))]
async fn put_product(
    State(app): State<App>,
    who: Can<may::WriteCrm>,
    At(external_id): At<String>,
    Valid(body): Valid<ProductPut>,
) -> Result<Response, Problem> {
    app.reply(&who, StatusCode::OK, async |tx| put(tx, external_id, body).await).await
}

/// Read a product.
#[utoipa::path(get, path = "/products/{external_id}", operation_id = "get_product", tag = "products",
    params(("external_id" = String, Path, description = "The vendor's own id of the product, percent-encoded.", max_length = 200)),
    security(("bearer" = ["crm:read"])),
    responses((status = 200, description = "The product.", body = Product)))]
async fn get_product(State(app): State<App>, who: Can<may::ReadCrm>, At(external_id): At<String>) -> Result<Response, Problem> {
    let row = by_external_id(&app.db().read_of(who.scope.vendor()).await?, who.scope, &external_id).await?;
    let product = Product::of(row.ok_or_else(Problem::not_found)?)?;
    Ok(Answer::of(StatusCode::OK, &product).into_response(false))
}

/// Which products to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductQuery {
    /// Only of this family.
    pub family: Option<String>,
    /// Rows on the page, 1 to 200; 25 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List products by their ids: what lines of deals may name. Partners read it too.
#[utoipa::path(get, path = "/products", operation_id = "list_products", tag = "products", params(ProductQuery),
    security(("bearer" = ["deals:read"])),
    responses((status = 200, description = "A page of products.", body = Page<Product>)))]
async fn list_products(
    State(app): State<App>,
    who: Can<may::ReadDeals>,
    Params(query): Params<ProductQuery>,
) -> Result<Json<Page<Product>>, Problem> {
    const LIST: &str = "products";
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<String>(LIST)?);
    let wanted =
        Condition::all().add_option(query.family.map(|family| Column::Family.eq(family))).add_option(after.map(|after| Column::ExternalId.gt(after)));
    let db = app.db().read_of(who.scope.vendor()).await?;
    let rows = scoped(who.scope).filter(wanted).order_by_asc(Column::ExternalId).limit(limit + 1).all(&db).await?;
    let page = Page::of(LIST, rows, limit, |row| row.external_id.clone());
    Ok(Json(page.try_map(Product::of)?))
}
