//! What commercial models publish.

use super::estimated::DealEstimate;
use super::products::Product;
use super::usage::DealUsage;
use super::versions::CommercialTermsVersion;
use kernel::log::EventKind;
use kernel::{Event, Subject};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! events_about {
    ($list:ident: $field:ident $shape:ty, $about:literal, $subject:expr; $($name:ident = $kind:literal $summary:literal;)+) => {
        $(#[doc = $summary]
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            #[doc = $about]
            pub $field: $shape,
        }

        impl Event for $name {
            const TYPE: &'static str = $kind;
            fn subject(&self) -> Subject {
                let subject: fn(&$shape) -> Subject = $subject;
                subject(&self.$field)
            }
        })+

        fn $list() -> Vec<EventKind> {
            vec![$(EventKind::of::<$name>($summary)),+]
        }
    };
}

events_about! {
    terms: commercial_terms CommercialTermsVersion, "The version as it now is.",
        |version| Subject::new("commercial_terms", version.id, version.revision);
    CommercialTermsDrafted = "commercial_terms.drafted" "A version of the commercial terms was drafted.";
    CommercialTermsPublished = "commercial_terms.published" "A version of the commercial terms was published.";
}

events_about! {
    products: product Product, "The product as it now is.", |product| Subject::new("product", &product.external_id, product.revision);
    ProductCreated = "product.created" "A product was added.";
    ProductUpdated = "product.updated" "A product was changed.";
}

/// What a partner would earn by a deal was worked out.
#[derive(Debug, Serialize, ToSchema)]
pub struct DealEstimateChanged {
    /// The estimate as it now is.
    pub deal_estimate: DealEstimate,
    /// Raised with every change.
    pub revision: i64,
}

/// A deal was won: what its partner earns by it is fixed.
#[derive(Debug, Serialize, ToSchema)]
pub struct DealEstimateFixed {
    /// The estimate, fixed.
    pub deal_estimate: DealEstimate,
    /// Raised with every change.
    pub revision: i64,
}

fn estimate_of(estimate: &DealEstimate, revision: i64) -> Subject {
    Subject::new("deal_estimate", estimate.deal_id.map(|id| id.to_string()).unwrap_or_default(), revision)
}

impl Event for DealEstimateChanged {
    const TYPE: &'static str = "deal_estimate.changed";
    fn subject(&self) -> Subject {
        estimate_of(&self.deal_estimate, self.revision)
    }
}

impl Event for DealEstimateFixed {
    const TYPE: &'static str = "deal_estimate.fixed";
    fn subject(&self) -> Subject {
        estimate_of(&self.deal_estimate, self.revision)
    }
}

events_about! {
    usage: deal_usage DealUsage, "The record as it now is.", |usage| Subject::new("deal_usage", usage.id, usage.revision);
    DealUsageRecorded = "deal_usage.recorded" "Usage of what a customer committed to was recorded, or a record of it was corrected.";
}

/// Everything that commercial models publish.
pub fn event_kinds() -> Vec<EventKind> {
    let estimates = vec![
        EventKind::of::<DealEstimateChanged>("What a partner would earn by a deal was worked out, for the first time or anew."),
        EventKind::of::<DealEstimateFixed>("A deal was won: what its partner earns by it is fixed."),
    ];
    [terms(), products(), estimates, usage()].into_iter().flatten().collect()
}
