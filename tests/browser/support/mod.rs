//! A browser for tests, which is driven as a person drives it: by what pages say, with real clicks and keys.
//!
//! `setup` is how it starts, `finding` what people do with a page, `network` what happens to them on the way, and
//! `checks` what should hold of any page. All that waits does so until [`PATIENCE`] is over, and then tells what the
//! page said; all that cannot be done panics.

mod checks;
mod driver;
mod finding;
mod network;
mod setup;

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use fantoccini::{Client, error::CmdError};
pub use fantoccini::{elements::Element, key::Key, wd::WindowHandle as Tab};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval, timeout};
use url::Url;

pub use self::setup::{Screen, Setup};
use self::{driver::Extension, network::Network};
use crate::support::{PATIENCE, Server};

/// How often a page is looked at while something is waited for.
const GLANCE: Duration = Duration::from_millis(100);

/// A browser at a server. It is closed when it is dropped.
pub struct Browser {
    client: Client,
    session: String,
    base: String,
    setup: Setup,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    network: Network,
    /// The tabs that are as the setup wants them.
    dressed: Vec<Tab>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        driver::end(&self.session);
    }
}

impl Browser {
    /// A browser as most people have it. It has not been anywhere yet.
    pub async fn open(server: &Server) -> Self {
        Self::setup().open(server).await
    }

    /// A browser as somebody else has it.
    pub fn setup() -> Setup {
        Setup::new()
    }

    async fn new(client: Client, server: &Server, setup: Setup) -> Self {
        let session = client.session_id().await.unwrap().expect("a session");
        let port = Url::parse(&server.url).unwrap().port().expect("a port");
        let base = format!("http://localhost:{port}");
        let browser = Self { client, session, base, setup, state: Mutex::default() };
        browser.switch_to(&browser.tab().await).await;
        browser
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// Where it is.
impl Browser {
    /// Goes to a path of the server, or any URL, and waits until the page is loaded.
    pub async fn goto(&self, path: &str) {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        self.client.goto(&url).await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// The path of the page with its query and fragment; elsewhere than at the server, the URL.
    pub async fn path(&self) -> String {
        self.current_path().await.unwrap()
    }

    async fn current_path(&self) -> Result<String, CmdError> {
        let url = String::from(self.client.current_url().await?);
        Ok(url.strip_prefix(&self.base).map(str::to_owned).unwrap_or(url))
    }

    /// Waits until the page is at that path.
    pub async fn path_becomes(&self, path: &str) {
        let there = async || Ok((self.current_path().await? == path).then_some(()));
        self.wait_for(&format!("the path is {path}"), there).await;
    }

    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    /// The tab that is looked at.
    pub async fn tab(&self) -> Tab {
        self.client.window().await.unwrap()
    }

    /// Opens a path in a tab of its own, with the same cookies, and looks there.
    pub async fn new_tab(&self, path: &str) -> Tab {
        let tab = self.client.new_window(true).await.unwrap().handle;
        self.switch_to(&tab).await;
        self.goto(path).await;
        tab
    }

    /// Looks at another tab.
    pub async fn switch_to(&self, tab: &Tab) {
        self.client.switch_to_window(tab.clone()).await.unwrap();
        if !self.state().dressed.contains(tab) {
            self.setup.dress(self).await.unwrap();
            let network = self.state().network.clone();
            network.apply(self).await.unwrap();
            self.state().dressed.push(tab.clone());
        }
    }

    /// Closes the tab that is looked at, and looks at another one.
    pub async fn close_tab(&self, next: &Tab) {
        self.client.close_window().await.unwrap();
        self.switch_to(next).await;
    }
}

/// What is under the hood.
impl Browser {
    /// Runs the body of a function in the page, with these arguments. A promise is waited for. No policy of the page
    /// keeps the script itself from running, but one keeps it from what it keeps the page from.
    pub async fn eval(&self, body: &str, arguments: &[Value]) -> Value {
        self.run(body, arguments).await.unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    async fn run(&self, body: &str, arguments: &[Value]) -> Result<Value, CmdError> {
        self.client.execute(body, arguments.to_vec()).await
    }

    /// Sends a command of the Chrome DevTools protocol to the tab.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Extension::post("goog/cdp/execute", json!({"cmd": command, "params": parameters}))).await
    }

    /// Tries until there is an outcome, and gives it. What WebDriver refuses meanwhile may be of a page that is on its
    /// way out. `what` completes "it never came about that".
    pub async fn wait_for<T>(&self, what: &str, attempt: impl AsyncFn() -> Result<Option<T>, CmdError>) -> T {
        let mut glances = interval(GLANCE);
        glances.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut refused = None;
        let waiting = async {
            loop {
                glances.tick().await;
                refused = match attempt().await {
                    Ok(Some(outcome)) => return outcome,
                    Ok(None) => None,
                    Err(error @ (CmdError::Standard(_) | CmdError::NotW3C(_))) if !error.is_invalid_session_id() => {
                        Some(error)
                    }
                    Err(error) => panic!("the browser is gone: {error}"),
                };
            }
        };
        match timeout(PATIENCE, Box::pin(waiting)).await {
            Ok(outcome) => outcome,
            Err(_) => Box::pin(self.give_up(what, refused)).await,
        }
    }

    async fn give_up(&self, what: &str, refused: Option<CmdError>) -> ! {
        let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let picture = self.screenshot(&format!("failed-{name}")).await;
        let (path, text) = (self.path().await, self.eval("return document.body.innerText", &[]).await);
        panic!(
            "it never came about that {what}\nat {path}, seen in {}\nrefused: {refused:?}\nscripts say: {:?}\n{}",
            picture.display(),
            self.console_errors().await,
            text.as_str().unwrap_or_default()
        );
    }
}
