//! Which server is loaded, and where its codes come from.

use std::sync::Arc;

use super::{Options, own_server::OwnServer};
use crate::{
    client::Target,
    scenarios::{Needs, Scenario},
    sinks::{Codes, Mailbox},
};

/// The server and its surroundings.
pub struct Sources {
    pub target: Arc<Target>,
    pub codes: Codes,
    pub metrics_url: Option<String>,
    pub own: Option<OwnServer>,
    /// Whether people may have phones.
    pub texts: bool,
}

/// Starts or finds them.
///
/// # Errors
/// In words, why the scenario cannot be run so.
pub async fn sources(options: &Options) -> Result<Sources, String> {
    let Some(url) = &options.url else { return own(options).await };
    let target = Arc::new(Target::parse(url).map_err(|error| error.to_string())?);
    let mailbox = Mailbox::new(Arc::clone(&target), options.timeout);
    let exists = mailbox.exists().await.map_err(|error| format!("{url}: {error}"))?;
    let mut codes = Codes::new(exists.then_some(mailbox), options.timeout);
    if let Some(address) = options.smtp_sink {
        codes.take_mails(address).await.map_err(|error| format!("--smtp-sink {address}: {error}"))?;
    }
    if let Some(address) = options.sms_sink {
        codes.take_texts(address).await.map_err(|error| format!("--sms-sink {address}: {error}"))?;
    }
    let mails = exists || options.smtp_sink.is_some();
    if !mails && needs_codes(options) {
        return Err(format!(
            "{} needs codes, and {url} has no development mailbox: point its smtp.url here, and name --smtp-sink",
            options.scenario.name()
        ));
    }
    let texts = exists || options.sms_sink.is_some();
    if !texts && options.phones.is_some_and(|share| share > 0.0) && needs_codes(options) {
        return Err("--phones needs texts: point the server's sms.url here, and name --sms-sink".into());
    }
    Ok(Sources { target, codes, metrics_url: options.metrics_url.clone(), own: None, texts })
}

async fn own(options: &Options) -> Result<Sources, String> {
    let any = || std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let mut codes = Codes::new(None, options.timeout);
    let mails = codes.take_mails(options.smtp_sink.unwrap_or_else(any)).await.map_err(|error| error.to_string())?;
    let texts = codes.take_texts(options.sms_sink.unwrap_or_else(any)).await.map_err(|error| error.to_string())?;
    let own = OwnServer::start(options.server.clone(), mails, texts, &options.settings).await?;
    let target = Arc::new(Target::parse(&own.url).map_err(|error| error.to_string())?);
    let metrics_url = options.metrics_url.clone().or_else(|| Some(own.metrics_url.clone()));
    Ok(Sources { target, codes, metrics_url, own: Some(own), texts: true })
}

/// Whether anybody has to read a code.
fn needs_codes(options: &Options) -> bool {
    let needs = Needs::of(options.scenario, options.accounts, options.all_sessions());
    options.scenario == Scenario::Registration || needs.accounts + needs.sockets > 0
}
