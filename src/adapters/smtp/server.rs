//! Which SMTP server, and how to get to the point where it takes mail: connection, TLS, authentication.

use std::{fmt, io, time::Duration};

use tokio::{net::TcpStream, time::timeout};

use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, Tls, TlsParameters},
    extension::ClientId,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// No connection, or none that takes mail.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// Nobody is there.
    #[error("no connection to the SMTP server: {0}")]
    Unreached(#[from] io::Error),
    /// What is there does not let us in.
    #[error(transparent)]
    Refused(#[from] Error),
}

/// What keeps the conversation with the server secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing.
    None,
    /// STARTTLS where the server offers it: an eavesdropper can prevent that.
    Opportunistic,
    /// STARTTLS, or no conversation.
    Required,
    /// TLS from the first byte.
    Implicit,
}

/// Where a server is, and how to log in.
#[derive(Clone)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What keeps the conversation secret.
    pub protection: Protection,
    /// User and password.
    pub credentials: Option<(String, String)>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}:{}, {:?}, …)", self.host, self.port, self.protection)
    }
}

/// An [`Endpoint`] with all that a connection takes.
pub(super) struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    ehlo: ClientId,
}

impl Server {
    pub(super) fn new(endpoint: Endpoint, extra_ca: Option<&[u8]>) -> Result<Self, Error> {
        let Endpoint { host, port, protection, credentials } = endpoint;
        let tls = match protection {
            Protection::None => Tls::None,
            Protection::Opportunistic => Tls::Opportunistic(tls_parameters(&host, extra_ca)?),
            Protection::Required => Tls::Required(tls_parameters(&host, extra_ca)?),
            Protection::Implicit => Tls::Wrapper(tls_parameters(&host, extra_ca)?),
        };
        let credentials = credentials.map(|(user, password)| Credentials::new(user, password));
        Ok(Self { host, port, tls, credentials, ehlo: ClientId::default() })
    }

    /// Connects, encrypts and logs in. If dropped half-way, the connection is closed.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, ConnectError> {
        let address = (self.host.as_str(), self.port);
        let mut connection = match &self.tls {
            Tls::Wrapper(parameters) => {
                let (patience, parameters) = (Some(CONNECT_TIMEOUT), Some(parameters.clone()));
                AsyncSmtpConnection::connect_tokio1(address, patience, &self.ehlo, parameters, None).await?
            }
            _ => AsyncSmtpConnection::connect_with_transport(Box::new(dial(address).await?), &self.ehlo).await?,
        };
        match &self.tls {
            Tls::Required(parameters) => connection.starttls(parameters.clone(), &self.ehlo).await?,
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.ehlo).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// The library leaves Nagle's algorithm on, and writes a mail and its end apart: the end then waits until the server
/// acknowledges the mail, which it delays by up to 40 ms in the hope of something to send along.
async fn dial(address: (&str, u16)) -> io::Result<TcpStream> {
    let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn tls_parameters(host: &str, extra_ca: Option<&[u8]>) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = extra_ca {
        builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
    }
    builder.build()
}
