//! Who sits at the browser, and before what: their language, their screen, what they prefer.

use fantoccini::{Client, ClientBuilder, error::CmdError};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use super::{Browser, driver};
use crate::support::Server;

/// Nothing but the loopback can be reached. `localhost` is where the servers listen, and nobody else's `[::1]`.
const RULES: &str = "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/// Root has no sandbox, and in containers nobody has. With the pipe, a browser ends when chromedriver does.
const FLAGS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--remote-debugging-pipe",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    RULES,
];

/// A screen. Those of phones are touched, and heed the viewport that a page declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1280 × 900.
    Desktop,
    /// 390 × 844.
    Phone,
    /// 320 × 640, the narrowest that a page has to fit: a desktop at 400 % is as narrow.
    SmallPhone,
}

impl Screen {
    const fn size(self) -> (u16, u16) {
        match self {
            Self::Desktop => (1280, 900),
            Self::Phone => (390, 844),
            Self::SmallPhone => (320, 640),
        }
    }
}

/// How a browser is to be. Until told otherwise, it speaks American English on a desktop, and has no preferences.
#[derive(Clone, Debug)]
pub struct Setup {
    locale: String,
    screen: Screen,
    dark: bool,
    less_motion: bool,
    scripts: Vec<String>,
}

impl Setup {
    pub(super) fn new() -> Self {
        let scripts = Vec::new();
        Self { locale: "en-US".into(), screen: Screen::Desktop, dark: false, less_motion: false, scripts }
    }

    /// The language of the person, such as `ml-IN`: in `Accept-Language`, `navigator.language` and `Intl`.
    pub fn locale(mut self, locale: &str) -> Self {
        locale.clone_into(&mut self.locale);
        self
    }

    pub fn screen(mut self, screen: Screen) -> Self {
        self.screen = screen;
        self
    }

    /// `prefers-color-scheme: dark`.
    pub fn dark(mut self) -> Self {
        self.dark = true;
        self
    }

    /// `prefers-reduced-motion: reduce`.
    pub fn less_motion(mut self) -> Self {
        self.less_motion = true;
        self
    }

    /// A script that runs in every page before its own.
    pub fn script(mut self, script: &str) -> Self {
        self.scripts.push(script.to_owned());
        self
    }

    /// Starts a browser, with a profile of its own, that has not been anywhere yet. [`Server::for_browsers`] makes
    /// servers for it.
    pub async fn open(self, server: &Server) -> Browser {
        // A session takes a while to start, and so many futures are alive meanwhile.
        let client = Box::pin(self.connect()).await;
        Browser::new(client, server, self).await
    }

    async fn connect(&self) -> Client {
        let language = self.locale.split('-').next().unwrap_or_default();
        let flags = FLAGS.iter().map(|flag| (*flag).to_owned()).chain([format!("--lang={}", self.locale)]);
        let capabilities = json!({
            "browserName": "chrome",
            "timeouts": {"pageLoad": 60_000, "script": 60_000},
            "goog:chromeOptions": {
                "args": flags.collect::<Vec<_>>(),
                "prefs": {"intl.accept_languages": format!("{},{language}", self.locale)},
            },
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let capabilities: Map<String, Value> = capabilities;
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities).connect(&driver::url()).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What makes a tab be like this.
    pub(super) async fn dress(&self, browser: &Browser) -> Result<(), CmdError> {
        let (width, height) = self.screen.size();
        let mobile = self.screen != Screen::Desktop;
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile});
        // Kept up to date, instead of made anew whenever something is looked for.
        browser.cdp("Accessibility.enable", json!({})).await?;
        browser.cdp("Emulation.setDeviceMetricsOverride", metrics).await?;
        browser.cdp("Emulation.setTouchEmulationEnabled", json!({"enabled": mobile})).await?;
        let scheme = if self.dark { "dark" } else { "light" };
        let motion = if self.less_motion { "reduce" } else { "no-preference" };
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]);
        browser.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await?;
        browser.cdp("Emulation.setLocaleOverride", json!({"locale": self.locale})).await?;
        for script in &self.scripts {
            browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await?;
        }
        Ok(())
    }
}
