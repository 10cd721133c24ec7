//! Where accounts and sessions are kept.

use std::fmt;

use zeroize::Zeroizing;

use super::{
    reader::Reader,
    urls::show_store,
    value::{Setting, Word},
};

/// Names a database.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Zeroizing<String>);

/// Names a Redis server, or one node of a cluster.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(Zeroizing<String>);

macro_rules! store_url {
    ($($type:ident),+) => {$(
        impl $type {
            /// The URL, password and all, for the driver.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }
    )+};
}

store_url!(PostgresUrl, RedisUrl);

impl Setting for PostgresUrl {
    fn expected() -> String {
        "a URL such as postgres://user:password@host/database, with user and password percent-encoded".into()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let config: tokio_postgres::Config = text.parse().ok()?;
        (is_url && !config.get_hosts().is_empty()).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    fn show(&self) -> toml::Value {
        show_store(&self.0)
    }
}

impl Setting for RedisUrl {
    fn expected() -> String {
        "a URL such as redis://host, rediss://user:password@host or redis+unix:///path, with user and password \
         percent-encoded"
            .into()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        redis::Client::open(text).ok()?;
        Some(Self(Zeroizing::new(text.to_owned())))
    }

    fn show(&self) -> toml::Value {
        show_store(&self.0)
    }
}

/// `postgres.*`
#[derive(Clone, Debug)]
pub struct Postgres {
    /// The database.
    pub url: PostgresUrl,
}

impl Postgres {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        Some(Self { url: r.required("postgres.url")? })
    }
}

/// `redis.*`
#[derive(Clone, Debug)]
pub struct Redis {
    /// The server.
    pub url: RedisUrl,
    /// What every key begins with, so that several installations can share a server.
    pub prefix: String,
}

impl Redis {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let urls = r.optional_list::<RedisUrl>("redis.url");
        let Word(prefix) = r.with_default("redis.prefix", Word("chatlink".into()));
        if urls.is_none() {
            r.refuse("redis.url", "is missing");
        }
        let mut urls = urls?.into_iter();
        let url = urls.next()?;
        if urls.next().is_some() {
            r.refuse("redis.url", "names several servers: a cluster is not supported yet");
        }
        Some(Self { url, prefix })
    }
}
