//! Where outbound calls may not go: addresses that reach the operator's own network.
//!
//! A name is checked where it is resolved, on the way to the connection, so that what was checked is
//! what is connected to; a URL that holds an address never meets the resolver and is checked by itself.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// URLs are no longer than this.
pub const LONGEST_URL: usize = 2_000;

/// IPv4 networks that are not the public internet.
const REFUSED_V4: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),       // "this network", unspecified
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // carrier-grade NAT
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, cloud metadata
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 31, 196, 0], 24), // AS112
    ([192, 52, 193, 0], 24), // AMT
    ([192, 88, 99, 0], 24),  // 6to4 relays
    ([192, 168, 0, 0], 16),  // private
    ([192, 175, 48, 0], 24), // AS112
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, broadcast
];

/// IPv6 networks within the one that is handed out (2000::/3) which are not the public internet.
const REFUSED_V6: &[([u16; 8], u8)] = &[
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),         // protocol assignments: Teredo, benchmarks, ORCHID
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),     // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),         // 6to4: an IPv4 address within
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), // AS112
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),         // documentation
];

/// Whether `address` is on the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |&(network, bits): &([u8; 4], u8)| (address.to_bits() ^ u32::from_be_bytes(network)) >> (32 - bits) == 0;
    !REFUSED_V4.iter().any(within)
}

/// Everything outside 2000::/3 is refused: loopback, unspecified, mapped and NAT64-embedded IPv4,
/// unique-local, link-local, site-local, multicast, and what was never handed out.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let within = |&(network, bits): &([u16; 8], u8)| (address.to_bits() ^ Ipv6Addr::from(network).to_bits()) >> (128 - bits) == 0;
    address.segments()[0] & 0xe000 == 0x2000 && !REFUSED_V6.iter().any(within)
}

/// Read a URL that may be called, or say in a sentence what is wrong with it.
pub fn read_url(text: &str, allow_private: bool) -> Result<Url, &'static str> {
    if text.len() > LONGEST_URL {
        return Err("A URL has at most 2,000 characters.");
    }
    let url = Url::parse(text).map_err(|_| "This is not an absolute URL.")?;
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        "http" => return Err("Only https is called."),
        _ => return Err("The URL begins with https://."),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("The URL holds no user name or password.");
    }
    if url.fragment().is_some() {
        return Err("The URL has no fragment: it would not be sent.");
    }
    let public = match url.host() {
        Some(Host::Ipv4(address)) => is_public_v4(address),
        Some(Host::Ipv6(address)) => is_public_v6(address),
        Some(Host::Domain(name)) => !is_local_name(name),
        None => return Err("The URL names no host."),
    };
    if public || allow_private { Ok(url) } else { Err("The host is not on the public internet.") }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// Resolves names as the machine does and keeps to public addresses.
pub(crate) struct PublicOnly;

/// Why a name was not resolved.
#[derive(Debug)]
pub(crate) struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host resolves to no public address")
    }
}

impl std::error::Error for Refused {}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() { Err(Refused.into()) } else { Ok(Box::new(public.into_iter()) as Addrs) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_pass() {
        let refused = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 \
            192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.1.2.3 240.0.0.1 \
            255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:2::1 \
            2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 febf::1 fec0::1 ff02::1";
        let passed = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.0.1 172.15.0.1 172.32.0.1 \
            191.255.255.255 192.0.1.1 192.167.1.1 192.169.1.1 198.17.0.1 198.20.0.1 223.255.255.255 2001:4860:4860::8888 2606:4700:4700::1111 2a00::1 \
            2001:200::1 3ffe::1";
        let public = |text: &str| is_public(text.parse().unwrap());
        assert_eq!(refused.split_whitespace().filter(|text| public(text)).collect::<Vec<_>>(), [""; 0]);
        assert_eq!(passed.split_whitespace().filter(|text| !public(text)).collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn a_url_cannot_hide_where_it_goes() {
        let hidden = "https://127.0.0.1/ https://2130706433/ https://0x7f.1/ https://0177.0.0.1/ https://[::1]/ https://[::ffff:10.0.0.1]/ \
            https://localhost/ https://LOCALHOST./ https://a.localhost/ https://169.254.169.254/latest https://user:pw@example.com/ http://example.com/ \
            https://user@example.com/ ftp://example.com/ file:///etc/passwd https:// example.com /hook https://127。0。0。1/ https://example.com/#x";
        assert_eq!(hidden.split_whitespace().filter(|url| read_url(url, false).is_ok()).collect::<Vec<_>>(), [""; 0]);
        assert!(read_url("https://example.com:8443/hook?tenant=1", false).is_ok());
        assert!(read_url(&format!("https://example.com/{}", "a".repeat(2_000)), false).is_err());
    }

    #[test]
    fn the_operator_may_allow_private_targets() {
        assert!(read_url("http://127.0.0.1:9000/hook", true).is_ok());
        assert!(read_url("http://user@127.0.0.1:9000/hook", true).is_err());
    }

    #[tokio::test]
    async fn a_name_that_means_this_machine_is_not_resolved() {
        assert!(PublicOnly.resolve("localhost".parse().unwrap()).await.is_err());
    }
}
