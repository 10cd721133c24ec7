//! The client on every page that it has: whoever may be there, with the flows under way that a page belongs to.

use serde_json::{Value, json};

use super::support::Browser;
use crate::support::{Flow, Server, client::PASSWORD};

/// Where guests may be.
pub const GUESTS: [&str; 9] = [
    "/",
    "/register",
    "/register/code",
    "/register/profile",
    "/login",
    "/forgot",
    "/forgot/code",
    "/forgot/password",
    "/no/such/page",
];
/// Where members may be.
pub const MEMBERS: [&str; 10] = [
    "/",
    "/profile",
    "/profile/edit",
    "/account",
    "/account/email",
    "/account/phone",
    "/account/code",
    "/account/password",
    "/account/delete",
    "/devices",
];

/// Keeps a flow in this tab as the client does.
const KEEP: &str = r"
const [flow, session, more] = arguments;
const ahead = Date.parse(session.created_at) - Date.now();
sessionStorage.setItem(`chatlink.${flow}`, JSON.stringify({ id: session.id, ahead, ...more }))";

/// Everybody that the pages are shown to: an account, and a guest with every flow under way.
pub struct Stage {
    pub server: Server,
}

impl Stage {
    pub async fn new() -> Self {
        let server = Server::for_browsers(&[]).await;
        server.register("ann@example.org", "ann.lee").await;
        Self { server }
    }

    /// Shows a page that guests may see, with the flow under way that it belongs to.
    pub async fn show_to_guest(&self, browser: &Browser, path: &str) {
        let (flow, email) = match path {
            "/register/code" | "/register/profile" => (Flow::Registration, "new@example.org"),
            "/forgot/code" | "/forgot/password" => (Flow::PasswordReset, "ann@example.org"),
            _ => return go(browser, path).await,
        };
        let client = self.server.client().on(flow);
        let name = flow.path().trim_start_matches("/v1/");
        if path.ends_with("/code") {
            let session = client.start(email).await.expect(202);
            browser.eval(KEEP, &[json!(name), session, json!({"identifier": email})]).await;
        } else {
            let (id, token) = self.server.verified(&client, email).await;
            let session = client.status(&id).await.expect(200);
            browser.eval(KEEP, &[json!(name), session, json!({"identifier": email, "token": token})]).await;
        }
        go(browser, path).await;
    }

    /// Logs the account's owner in, by cookie, and loads the page anew.
    pub async fn log_in(&self, browser: &Browser) {
        let login = json!({"login": "ann.lee", "password": PASSWORD, "session_kind": "cookie", "device_name": "Firefox, Android"});
        post(browser, &[json!("/v1/sessions"), login, json!({"asGuest": true})]).await;
        browser.goto("/").await;
        browser.heading("Hello, Ann Lee").await;
    }

    /// Shows a page that members may see.
    pub async fn show_to_member(&self, browser: &Browser, path: &str) {
        if path == "/account/code" {
            let opening = json!({"identifier": "lee@example.org", "password": PASSWORD});
            let session = post(browser, &[json!("/v1/identifier-changes"), opening]).await;
            browser.eval(KEEP, &[json!("identifier-changes"), session, json!({"identifier": "lee@example.org"})]).await;
        }
        go(browser, path).await;
    }
}

/// Has the client go to a page, as a link would, and waits until it is there: no page is loaded anew.
pub async fn go(browser: &Browser, path: &str) {
    with_module(browser, "router.js", "return it.navigate(arguments[0])", &[json!(path)]).await;
    assert_eq!(browser.path().await, path);
}

/// Has the client change the language, for good.
pub async fn speak(browser: &Browser, locale: &str) {
    with_module(browser, "i18n.js", "return it.choose(arguments[0])", &[json!(locale)]).await;
}

/// Asks the server as the client does: path, body, options.
async fn post(browser: &Browser, arguments: &[Value]) -> Value {
    with_module(browser, "api.js", "return (await it.post(...arguments)).body", arguments).await
}

/// What a module of the client gives. `use_it` is the body of a function that has the module as `it`, the place of all
/// modules as `client`, and the arguments.
pub async fn with_module(browser: &Browser, name: &str, use_it: &str, arguments: &[Value]) -> Value {
    let body = format!(
        "const client = new URL('.', document.querySelector('script[type=module]').src);
        return import(new URL('{name}', client)).then(async (it) => {{ {use_it} }})"
    );
    browser.eval(&body, arguments).await
}
