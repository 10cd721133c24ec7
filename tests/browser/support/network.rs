//! The network between a browser and its server, which the test can cut, slow down, and put holes in.
//!
//! Chromium acts it out for each tab, for what its pages and their sockets ask for from then on.

use fantoccini::error::CmdError;
use serde_json::json;

use super::Browser;

/// How the network is.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    offline: bool,
    slow: bool,
    blocked: Vec<String>,
}

impl Network {
    /// Makes it so for the current tab.
    pub(super) async fn apply(&self, browser: &Browser) -> Result<(), CmdError> {
        // Milliseconds, and bytes a second: a phone at the edge of the net.
        let (latency, throughput) = if self.slow { (400, 50_000) } else { (0, -1) };
        let conditions = json!({
            "offline": self.offline,
            "latency": latency,
            "downloadThroughput": throughput,
            "uploadThroughput": throughput,
        });
        browser.cdp("Network.enable", json!({})).await?;
        browser.cdp("Network.emulateNetworkConditions", conditions).await?;
        let patterns: Vec<_> = self.blocked.iter().map(|it| json!({"urlPattern": it, "block": true})).collect();
        browser.cdp("Network.setBlockedURLs", json!({"urlPatterns": patterns})).await.map(drop)
    }
}

impl Browser {
    /// Cuts the network. Pages are told. Requests and sockets that are open already are held up, not closed.
    pub async fn offline(&self) {
        self.change_network(|network| network.offline = true).await;
    }

    /// Mends the network. What is slow or blocked stays so.
    pub async fn online(&self) {
        self.change_network(|network| network.offline = false).await;
    }

    /// Makes the network slow: 400 ms for the first byte of an answer, then 50 kB a second.
    pub async fn slow(&self) {
        self.change_network(|network| network.slow = true).await;
    }

    /// Lets requests fail whose URL matches one of these patterns, such as `*://*:*/v1/me*`; none of them lets all
    /// through again.
    pub async fn block(&self, patterns: &[&str]) {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        self.change_network(|network| network.blocked = patterns).await;
    }

    async fn change_network(&self, change: impl FnOnce(&mut Network)) {
        change(&mut self.state().network);
        let current = self.tab().await;
        for tab in self.client.windows().await.unwrap() {
            self.switch_to(&tab).await;
            let network = self.state().network.clone();
            network.apply(self).await.unwrap();
        }
        self.switch_to(&current).await;
    }
}
