//! What this crate asks of others.

use futures::future::BoxFuture;
use kernel::id::VendorId;
use kernel::{App, Problem, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A company that wants to become a partner.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What is known of it: name, country, domain, partner type, regions, languages…
    pub company: Map<String, Value>,
    /// What it answered.
    pub answers: Map<String, Value>,
}

/// How well a company fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"value": 72, "profile": "Ideal reseller", "reasons": ["Works where we sell."]}))]
pub struct ApplicationScore {
    /// 0 to 100.
    pub value: i64,
    /// The profile that it was compared with.
    pub profile: String,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

/// Compares a company with the profile of the partner that the vendor wants.
pub trait IdealProfile: Send + Sync {
    /// The score; `None` if the vendor has no profile for such a company.
    fn score<'a>(&'a self, app: &'a App, vendor: VendorId, candidate: &'a Candidate) -> BoxFuture<'a, Result<Option<ApplicationScore>, Problem>>;
}

/// The answer, if somebody gives it; without one there is no score.
pub struct IdealProfilePort(pub Box<dyn IdealProfile>);

/// Looks into who an applicant is before it is let in.
pub trait Vetting: Send + Sync {
    /// Begin, for this application. Whoever ends it calls [`crate::applications::vetted`].
    fn begin<'a>(
        &'a self,
        tx: &'a mut Tx,
        application: crate::applications::ApplicationId,
        candidate: &'a Candidate,
    ) -> BoxFuture<'a, Result<(), Problem>>;
}

/// Whoever vets, if somebody does; without one a person reviews.
pub struct VettingPort(pub Box<dyn Vetting>);
