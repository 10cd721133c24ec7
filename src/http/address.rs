//! Who is at the other end: the socket's peer, or what the proxies we trust say of it.

use std::{
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderMap, web};
use ipnet::IpNet;

use super::{
    edge::Edge,
    problem::{Kind, Problem},
};

/// The address of the client. Never logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequest for ClientAddress {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let edge = request.app_data::<web::Data<Edge>>();
        let peer = request.peer_addr();
        ready(
            edge.zip(peer)
                .ok_or(Kind::Internal.into())
                .map(|(edge, peer)| Self(client_address(peer.ip(), request.headers(), &edge.trusted_proxies))),
        )
    }
}

/// Walks `X-Forwarded-For` from the right for as long as those who wrote it are trusted. An entry that is no address
/// ends the walk: what stands left of it may be anybody's invention.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").map(|line| line.to_str().unwrap_or_default()).collect();
    let mut hops = lines.iter().flat_map(|line| line.split(',')).rev().map(parse_hop);
    let mut client = peer.to_canonical();
    while is_trusted(client) {
        match hops.next().flatten() {
            Some(hop) => client = hop,
            None => break,
        }
    }
    client
}

/// Some proxies append the port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip())).ok();
    address
        .or_else(|| hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn resolve(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> =
            ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"].iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers
                .append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn an_untrusted_peer_is_the_client_whatever_it_says() {
        assert_eq!(resolve("198.51.100.1", &["203.0.113.9"]), "198.51.100.1");
        assert_eq!(resolve("::ffff:198.51.100.1", &[]), "198.51.100.1");
    }

    #[test]
    fn the_right_most_untrusted_entry_is_the_client() {
        assert_eq!(resolve("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(resolve("10.0.0.1", &["1.1.1.1, 203.0.113.9, 192.0.2.7"]), "203.0.113.9");
        assert_eq!(resolve("10.0.0.1", &["1.1.1.1", "203.0.113.9", "10.9.9.9, 10.8.8.8"]), "203.0.113.9");
        assert_eq!(resolve("::ffff:10.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(resolve("2001:db8::1", &["[2001:db9::5]:443"]), "2001:db9::5");
        assert_eq!(resolve("2001:db8::1", &["[2001:db9::5]"]), "2001:db9::5");
    }

    #[test]
    fn the_walk_ends_at_what_is_no_address() {
        assert_eq!(resolve("10.0.0.1", &["203.0.113.9, unknown"]), "10.0.0.1");
        assert_eq!(resolve("10.0.0.1", &["203.0.113.9, nonsense, 10.2.2.2"]), "10.2.2.2");
        assert_eq!(resolve("10.0.0.1", &["203.0.113.9", "\u{ff}, 203.0.113.5"]), "10.0.0.1");
        assert_eq!(resolve("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(resolve("10.0.0.1", &["10.2.2.2"]), "10.2.2.2");
    }
}
