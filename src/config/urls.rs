//! URLs by what they are for: where browsers find us, where mail is handed over, where an SMS gateway listens.

use std::{fmt, net::IpAddr};

use url::{Host, Url};

use super::{
    secrets::Secret,
    value::{Setting, hidden},
};

/// A web origin: scheme, host and port, nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebOrigin {
    /// As browsers send it in `Origin`: no slash at the end, no default port.
    text: String,
    host: String,
    https: bool,
    loopback: bool,
}

impl WebOrigin {
    /// The origin of a server on this machine.
    pub fn localhost(port: u16) -> Self {
        Self { text: format!("http://localhost:{port}"), host: "localhost".into(), https: false, loopback: true }
    }

    /// As browsers send it in `Origin`, and as links to a path begin.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host alone, in A-labels.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is reached through TLS.
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// Whether it is this machine, where TLS has nothing to protect.
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Setting for WebOrigin {
    fn expected() -> String {
        r#"an origin such as "https://chat.example.org", without path, user or wildcard"#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok().filter(is_bare)?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (host, loopback) = (url.host_str()?.to_owned(), is_loopback(&url.host()?));
        // The parser percent-decodes and lets through what no browser ever sends.
        let wildcard = host.contains('*');
        (!wildcard).then(|| Self { text: url.origin().ascii_serialization(), host, https, loopback })
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.text.clone())
    }
}

fn is_bare(url: &Url) -> bool {
    let empty_path = matches!(url.path(), "" | "/");
    empty_path && url.query().is_none() && url.fragment().is_none() && !has_user(url)
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        // Opaque hosts, those of schemes other than http, may be addresses too.
        Host::Domain(name) => {
            let address = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            *name == "localhost" || name.ends_with(".localhost") || address
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Where an SMS gateway listens.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewayUrl(Url);

impl GatewayUrl {
    /// The URL.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Whether the token and the texts travel in the clear past this machine.
    pub(super) fn is_exposed(&self) -> bool {
        self.0.scheme() == "http" && !self.0.host().is_some_and(|host| is_loopback(&host))
    }

    /// Of a constant.
    pub(super) fn constant(text: &'static str) -> Option<Self> {
        Self::parse(text)
    }
}

/// Gateways like to have keys in the query.
impl fmt::Debug for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GatewayUrl(…)")
    }
}

impl Setting for GatewayUrl {
    fn expected() -> String {
        "an https or http URL without user and password".into()
    }

    fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok()?;
        (matches!(url.scheme(), "https" | "http") && url.has_host() && !has_user(&url)).then_some(Self(url))
    }

    fn show(&self) -> toml::Value {
        let mut url = self.0.clone();
        if url.query().is_some() {
            url.set_query(Some("(hidden)"));
        }
        toml::Value::String(url.into())
    }
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// `smtps://`: TLS from the first byte.
    Tls,
    /// `smtp://…?tls=required`: STARTTLS, or no mail.
    StartTls,
    /// `smtp://…?tls=opportunistic`: STARTTLS where offered, which whoever is between can prevent.
    Opportunistic,
    /// `smtp://`: in the clear.
    Plain,
}

/// Where mail is handed over.
#[derive(Clone, Debug)]
pub struct SmtpUrl {
    /// Name or address of the server.
    pub host: String,
    /// 465 with TLS, 587 with STARTTLS, else 25, unless it is named.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// User and password, percent-decoded.
    pub credentials: Option<(String, Secret)>,
    loopback: bool,
    masked: String,
}

impl SmtpUrl {
    /// Whether codes and password may travel in the clear past this machine.
    pub(super) fn is_exposed(&self) -> bool {
        matches!(self.security, SmtpSecurity::Opportunistic | SmtpSecurity::Plain) && !self.loopback
    }
}

impl Setting for SmtpUrl {
    fn expected() -> String {
        "smtps://user:password@host, or smtp://…?tls=required, with user and password percent-encoded".into()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut url = Url::parse(text.trim()).ok()?;
        let (security, default_port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (SmtpSecurity::Tls, 465),
            ("smtp", Some("tls=required")) => (SmtpSecurity::StartTls, 587),
            ("smtp", Some("tls=opportunistic")) => (SmtpSecurity::Opportunistic, 25),
            ("smtp", None) => (SmtpSecurity::Plain, 25),
            _ => return None,
        };
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) => Some((percent_decode(user)?, Secret::new(percent_decode(password)?))),
            (_, None) => return None,
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return None;
        }
        let (port, loopback) = (url.port().unwrap_or(default_port), is_loopback(&url.host()?));
        mask(&mut url)?;
        Some(Self { host, port, security, credentials, loopback, masked: url.into() })
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.masked.clone())
    }
}

/// Puts stars in the place of the password.
pub(super) fn mask(url: &mut Url) -> Option<()> {
    if url.password().is_some() { url.set_password(Some("***")).ok() } else { Some(()) }
}

/// The URL of a store without its password; hidden as a whole where it cannot be taken apart.
pub(super) fn show_store(text: &str) -> toml::Value {
    let Ok(mut url) = Url::parse(text) else { return hidden() };
    let in_query = url.query_pairs().any(|(name, _)| name.to_lowercase().contains("pass"));
    if in_query || mask(&mut url).is_none() { hidden() } else { toml::Value::String(url.into()) }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [char::from(bytes.next()?), char::from(bytes.next()?)];
                let [high, low] = digits.map(|digit| digit.to_digit(16));
                u8::try_from(high? * 16 + low?).ok()?
            }
            plain => plain,
        });
    }
    String::from_utf8(decoded).ok()
}
