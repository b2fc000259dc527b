//! Answers that one domain gives to another's questions: all of them, here.

use futures::future::BoxFuture;
use kernel::db::Reading;
use kernel::id::{PersonId, VendorId};
use kernel::{App, Problem, Scope, Tx};
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// Provide every port. Once, at start.
pub(crate) fn provide(app: &App) {
    app.provide(crm::DealsPort(Box::new(DealsOfDealreg)));
    app.provide(crm::LeadsPort(Box::new(LeadsOfDealreg)));
    // What of other domains follows accounts that are merged: a line for each domain that has some.
    app.provide(crm::AccountFollowers(dealreg::following::followers()));
    // A partner that leaves hands over what it has.
    app.provide(partners::ports::LeavingPort(vec![
        Box::new(dealreg::parting::Deals),
        Box::new(dealreg::parting::Leads),
        Box::new(dealreg::parting::Referrals),
    ]));
    // Notifications ask what people may see of events.
    app.provide(engagement::ports::Sight(Box::new(crate::sight::EventSight)));
    // Letters to applicants ask where they go.
    app.provide(engagement::ports::Applicants(Box::new(AddressesOfOnboarding)));
    // What a vendor wrote for onboarding is shown in the language that somebody has set for notifications.
    app.provide(onboarding::ports::OwnLanguage(Box::new(LanguagesOfEngagement)));
    // Single sign-on asks which e-mail domains belong to nobody.
    app.provide(access::sso::SharedDomains(|domain| matching::is_free_mail(domain) || matching::is_disposable(domain)));
}

/// Imports hand over rows of leads.
struct LeadsOfDealreg;

impl crm::Leads for LeadsOfDealreg {
    fn take<'a>(
        &'a self,
        tx: &'a mut Tx,
        rows: Vec<(String, Map<String, Value>)>,
        check: bool,
    ) -> BoxFuture<'a, Result<Vec<crm::TakenLead>, Problem>> {
        Box::pin(dealreg::leads::import::take(tx, rows, check))
    }
}

/// The CRM mirror asks which deals there are.
struct DealsOfDealreg;

impl crm::Deals for DealsOfDealreg {
    fn existing<'a>(&'a self, tx: &'a Tx, ids: &'a [Uuid]) -> BoxFuture<'a, Result<HashSet<Uuid>, Problem>> {
        Box::pin(async move {
            let everybody = Scope::vendor_wide(tx.vendor());
            Ok(dealreg::store::deals::by_ids(tx, everybody, ids).await?.into_iter().map(|deal| deal.id).collect())
        })
    }
}

/// Letters ask for the address, language and link of people outside: who applies, signs, or is asked.
struct AddressesOfOnboarding;

impl engagement::ports::Addresses for AddressesOfOnboarding {
    fn of<'a>(&'a self, tx: &'a mut Tx, id: &'a str) -> BoxFuture<'a, Result<Option<engagement::ports::Applicant>, Problem>> {
        Box::pin(async move {
            let found = onboarding::addressee(tx, id).await?;
            Ok(found.map(|one| engagement::ports::Applicant { email: one.email, name: one.name, languages: one.languages, link: one.link }))
        })
    }
}

/// Onboarding asks which language somebody has set.
struct LanguagesOfEngagement;

impl onboarding::ports::Reads for LanguagesOfEngagement {
    fn outside<'a>(&'a self, db: &'a Reading, vendor: VendorId, person: PersonId) -> BoxFuture<'a, Result<Option<String>, Problem>> {
        Box::pin(async move { Ok(engagement::own_language(db, vendor, person).await?) })
    }

    fn within<'a>(&'a self, tx: &'a Tx, person: PersonId) -> BoxFuture<'a, Result<Option<String>, Problem>> {
        Box::pin(async move { Ok(engagement::own_language(tx, tx.vendor(), person).await?) })
    }
}
