//! Where the server listens, and whom it believes.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    num::NonZeroUsize,
    thread,
    time::Duration,
};

use ipnet::IpNet;

use super::{reader::Reader, urls::WebOrigin};

/// `http.*`
#[derive(Clone, Debug)]
pub struct Http {
    /// Where clients connect.
    pub bind: Bind,
    /// Where operators connect: metrics.
    pub admin_bind: Bind,
    /// Origins besides our own that browsers may call from.
    pub allowed_origins: Vec<WebOrigin>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many threads answer.
    pub workers: usize,
    /// How long requests in flight may take once the server is told to stop.
    pub shutdown_grace: Duration,
    public_url: Option<WebOrigin>,
}

impl Http {
    /// How the world reaches the server: as set, else by the port that it was bound to.
    pub fn public_url(&self, bound: SocketAddr) -> WebOrigin {
        self.public_url.clone().unwrap_or_else(|| WebOrigin::localhost(bound.port()))
    }

    pub(super) fn read(r: &mut Reader) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let http = Self {
            bind: Bind::read(r, "http.bind", 8080),
            admin_bind: Bind::read(r, "http.admin_bind", 9090),
            public_url: None,
            allowed_origins: r.list("http.allowed_origins", Vec::new()),
            trusted_proxies: r.list("http.trusted_proxies", Vec::new()),
            workers: r.number("http.workers", cores, &(1..=1024)),
            shutdown_grace: r.with_default("http.shutdown_grace", Duration::from_secs(15)),
        };
        let port = http.bind.address.port();
        let public_url = r.with_default("http.public_url", WebOrigin::localhost(port));
        let http = Self { public_url: r.is_chosen("http.public_url").then_some(public_url), ..http };
        http.judge(r);
        http
    }

    fn judge(&self, r: &mut Reader) {
        let exposed = |origin: &WebOrigin| !origin.is_https() && !origin.is_loopback();
        if r.is_production() && self.public_url.as_ref().is_some_and(exposed) {
            r.refuse("http.public_url", "is not https: codes and passwords would travel in the clear");
        }
        if r.is_production() && self.allowed_origins.iter().any(exposed) {
            r.refuse("http.allowed_origins", "has an origin that is not https: whoever is between could speak for it");
        }
        if self.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
            r.refuse("http.trusted_proxies", "has a network of all addresses: anybody could claim any address");
        }
        let clash = self.bind.address == self.admin_bind.address && self.bind.address.port() != 0;
        if clash {
            r.refuse("http.admin_bind", "is the same as http.bind");
        }
    }
}

/// An address to listen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind {
    /// Port 0: any that is free.
    pub address: SocketAddr,
    /// Whether any free port will do where this one is taken: in development, unless somebody chose the port.
    may_move: bool,
}

impl Bind {
    fn read(r: &mut Reader, key: &str, port: u16) -> Self {
        let address = r.with_default(key, SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
        Self { address, may_move: !r.is_production() && !r.is_chosen(key) }
    }

    /// Listens there.
    ///
    /// # Errors
    /// The address is taken, is not this machine's, or needs rights that the process lacks.
    pub fn listen(&self) -> io::Result<TcpListener> {
        match TcpListener::bind(self.address) {
            Err(error) if self.may_move && error.kind() == io::ErrorKind::AddrInUse => {
                TcpListener::bind(SocketAddr::new(self.address.ip(), 0))
            }
            result => result,
        }
    }
}
