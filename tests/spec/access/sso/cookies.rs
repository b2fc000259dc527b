//! The one cookie that there is: it ties a sign-in to the browser in which it began.

use super::*;
use std::collections::BTreeSet;

spec! {
    async fn the_cookie_of_a_sign_in_belongs_to_this_host_and_no_script(world) {
        let (acme, liar) = (world.vendor("Acme").await, Liar::start().await);
        let portal = portal(&acme).await;
        let made = provider(&acme, &liar.issuer, json!({})).await;
        let answer = world.anonymous().get(begins(&portal, &[("idp", &made.id())])).await.expect(302);
        let cookie = answer.header("set-cookie").expect("a cookie");
        let (name, rest) = cookie.split_once('=').expect("a name and a value");
        assert!(name.starts_with("__Host-prm_sign_in_"), "{cookie}");
        let (value, attributes) = rest.split_once("; ").expect("attributes");
        assert!(value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()), "{cookie}");
        let attributes: BTreeSet<_> = attributes.split("; ").collect();
        // Lax: the provider leads back by a link from its own site.
        assert_eq!(attributes, BTreeSet::from(["HttpOnly", "Max-Age=900", "Path=/", "SameSite=Lax", "Secure"]));
    }
}
