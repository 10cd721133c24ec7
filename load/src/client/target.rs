//! Which server is meant.

use std::net::SocketAddr;

use hyper::header::HeaderValue;
use url::Url;

/// A server's address, looked up once, and what requests to it say in `Host`.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) address: SocketAddr,
    pub(super) host: HeaderValue,
    url: Url,
}

/// Why a URL is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("{0:?} is not a URL: {1}")]
    Malformed(String, url::ParseError),
    #[error("{0}: only http:// is spoken; where TLS ends in front of the server, go behind it")]
    NotHttp(Url),
    #[error("{0} has a path; name the server alone")]
    Path(Url),
    #[error("{0} cannot be looked up: {1}")]
    Unknown(Url, std::io::Error),
}

impl Target {
    /// The server at such a URL: `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// It is none, is not plain `http`, has a path, or its name has no address.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let url = Url::parse(text).map_err(|error| TargetError::Malformed(text.to_owned(), error))?;
        if url.scheme() != "http" {
            return Err(TargetError::NotHttp(url));
        }
        if url.path() != "/" || url.query().is_some() {
            return Err(TargetError::Path(url));
        }
        let mut found = match url.socket_addrs(|| None) {
            Ok(found) => found,
            Err(error) => return Err(TargetError::Unknown(url, error)),
        };
        // `localhost` has two, of which development servers listen on the older one.
        found.sort_by_key(SocketAddr::is_ipv6);
        let host = url.authority().rsplit('@').next().unwrap_or_default();
        match (found.into_iter().next(), HeaderValue::from_str(host)) {
            (Some(address), Ok(host)) => Ok(Self { address, host, url }),
            _ => Err(TargetError::Unknown(url, std::io::ErrorKind::NotFound.into())),
        }
    }

    /// The server that listens there.
    pub fn at(address: SocketAddr) -> Result<Self, TargetError> {
        Self::parse(&format!("http://{address}"))
    }

    /// Where it is, for people.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where it is, for sockets.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_scheme_host_and_port() {
        let target = Target::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!((target.address.port(), target.host.to_str().unwrap()), (8080, "127.0.0.1:8080"));
        assert_eq!(Target::parse("http://127.0.0.1").unwrap().address.port(), 80);
        assert!(Target::parse("http://localhost:1").unwrap().address.is_ipv4());
        for (text, why) in
            [("127.0.0.1:8080", "not a URL"), ("https://a.example", "only http://"), ("http://a.example/v1", "a path")]
        {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
