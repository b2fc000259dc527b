//! What a partner earns: commercial models on the lines of deals.
//!
//! A vendor drafts and publishes **commercial terms** ([`terms`], [`versions`]), as it does its rules of engagement: data, versioned, in force from a
//! date on. A rule of them says for lines of one **model** (`resale`, `subscription`, `consumption`, `revenue_share`) which part is the partner's;
//! the first that holds decides. What comes out is an **estimate** ([`estimate`]): per line, in whole minor units of the line's own currency,
//! rounded down, and what rounding left out is said; with the version, the rule and its sentence behind each line. Where no rule holds, one fails, or a
//! figure is missing, there is no number but the reason.
//!
//! A partner sees it before it registers (`POST /v1/deals/check`). A registered deal keeps the estimate it was given, and the version that gave it:
//! it is worked out again when the deal's figures or its special price change, and fixed when the deal is won ([`estimates`]). Terms are the
//! vendor's own: a partner reads sentences, never rules. **Products** ([`products`]) are mirrored by the vendor's own ids, with families
//! and list prices; **usage** ([`usage`]) is what was measured of what was committed.
//!
//! The same terms say whose approval a special price needs ([`crate::pricing`]) and who may renew ([`crate::incumbency`]).

pub mod estimate;
pub mod estimated;
pub mod estimates;
pub mod events;
pub mod products;
pub mod terms;
pub mod usage;
pub mod versions;

use kernel::App;
use utoipa_axum::router::OpenApiRouter;

kernel::define_id!(
    /// A version of the commercial terms.
    CommercialTermsId, "cmt");
kernel::define_id!(
    /// Usage that was measured in one period.
    DealUsageId, "usg");

/// Every route of commercial models.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(versions::router()).merge(products::router()).merge(estimates::router()).merge(usage::router())
}
