//! Who a request is from and whether it may go on: asked once, before anything of its body is read.

use crate::limits::{self, Counted};
use crate::{authenticate, can};
use axum::http::HeaderMap;
use kernel::id::VendorId;
use kernel::{Actor, App, Problem};

/// What a request's credential came to. The frame asks and leaves it in the request's extensions (in an [`std::sync::Arc`]).
#[derive(Debug)]
pub enum Admission {
    /// It has none.
    Nobody,
    /// It has one that does not work; operations that need none do not mind.
    Refused(Problem),
    /// It is the operator's.
    Operator,
    /// It is a vendor's caller's.
    Caller {
        /// The caller.
        actor: Actor,
        /// Where it stands with its limits.
        counted: Counted,
        /// It has called too often: this is the answer.
        exceeded: Option<Problem>,
    },
}

impl Admission {
    /// Of whom a request with these headers is.
    pub async fn of(app: &App, headers: &HeaderMap) -> Self {
        let Ok(credential) = can::bearer(headers) else { return Self::Nobody };
        if authenticate::operator(app, credential).is_ok() {
            return Self::Operator;
        }
        let admitted = async {
            let actor = authenticate::caller(app, credential).await?;
            let (counted, exceeded) = limits::count(app, &actor).await?;
            Ok(Self::Caller { actor, counted, exceeded })
        };
        admitted.await.unwrap_or_else(Self::Refused)
    }

    /// Whose vendor's request it is.
    pub fn vendor(&self) -> Option<VendorId> {
        match self {
            Self::Caller { actor, .. } => Some(actor.scope.vendor()),
            _ => None,
        }
    }

    /// The caller, if one may go on.
    pub(crate) fn actor(&self) -> Result<Actor, Problem> {
        match self {
            Self::Caller { exceeded: Some(problem), .. } | Self::Refused(problem) => Err(problem.clone()),
            Self::Caller { actor, exceeded: None, .. } => Ok(actor.clone()),
            Self::Nobody | Self::Operator => Err(authenticate::refused()),
        }
    }
}
