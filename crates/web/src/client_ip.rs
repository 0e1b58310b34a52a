//! Which network address a request came from, for limits and for nothing else.
//!
//! `X-Forwarded-For` is believed only as far as our own proxies wrote it: from the right, while the
//! writer of an entry is one of `trusted_proxies`. What stands left of that anybody can forge.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::HeaderMap;
use http::request::Parts;

use crate::state::WebConfig;

/// The address a limit is kept for. An extractor that never refuses. Its `Debug` is hidden: an
/// address is personal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientIp(pub IpAddr);

impl std::fmt::Debug for ClientIp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientIp(..)")
    }
}

impl ClientIp {
    /// One key per subscriber: an IPv6 address counts as its /64, which is handed out as one.
    #[must_use]
    pub fn network(self) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
            v4 => v4,
        }
    }
}

impl<S> FromRequestParts<S> for ClientIp
where
    S: Sync,
    Arc<WebConfig>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        // The accept loop puts ConnectInfo in; in-process tests may leave it out.
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        let config = Arc::<WebConfig>::from_ref(state);
        Ok(Self(client_address(peer, &parts.headers, &config.trusted_proxies)))
    }
}

/// The peer, unless it is a proxy of ours; then the right-most entry that is none. An entry that is
/// no address ends the search: whoever wrote it is as far as we know.
fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let is_proxy = |seen: &IpAddr| proxies.contains(&seen.to_canonical());
    let mut entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut seen = peer;
    while is_proxy(&seen) {
        match entries.pop().and_then(address) {
            Some(before) => seen = before,
            None => break,
        }
    }
    seen
}

/// An address with or without a port, in the forms proxies write.
fn address(entry: &str) -> Option<IpAddr> {
    entry
        .parse()
        .ok()
        .or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn seen(forwarded: &[&'static str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", http::HeaderValue::from_static(value));
        }
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        client_address("192.0.2.1".parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn only_entries_written_by_our_proxies_are_believed() {
        let ours: &[&str] = &["192.0.2.1", "10.0.0.2"];

        assert_eq!(seen(&["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(seen(&["198.51.100.7"], &["10.0.0.2"]), "192.0.2.1");
        assert_eq!(seen(&["198.51.100.7"], ours), "198.51.100.7");
        assert_eq!(seen(&["203.0.113.9, 198.51.100.7"], ours), "198.51.100.7");
        assert_eq!(seen(&["203.0.113.9", "198.51.100.7"], ours), "198.51.100.7");
        assert_eq!(seen(&["203.0.113.9, 198.51.100.7, 10.0.0.2"], ours), "198.51.100.7");
        assert_eq!(seen(&["nonsense, 10.0.0.2"], ours), "10.0.0.2");
        assert_eq!(seen(&[], ours), "192.0.2.1");
        assert_eq!(seen(&["[2001:db8::1]:443"], ours), "2001:db8::1");
    }

    #[test]
    fn an_ipv6_subscriber_is_one_network() {
        let first = ClientIp("2001:db8:1:2:3::4".parse().unwrap());
        let second = ClientIp("2001:db8:1:2:ffff::1".parse().unwrap());
        let other = ClientIp("2001:db8:1:3::1".parse().unwrap());

        assert_eq!(first.network(), second.network());
        assert_ne!(first.network(), other.network());
        assert_eq!(ClientIp("::ffff:192.0.2.1".parse().unwrap()).network().to_string(), "192.0.2.1");
    }
}
