//! What pages of other sites can have a browser do: nothing.

use reqwest::Method;
use serde_json::json;

use super::support::{Member, credentials, listed, log_in, register};
use crate::support::{
    Server,
    client::{Answer, Client, profile, with},
};

const OWN: &str = "http://localhost:8080";
const ALLOWED: &str = "https://app.example.org";
const FOREIGN: &str = "https://evil.example";

async fn server() -> Server {
    Server::with(&[("http.allowed_origins", ALLOWED)]).await
}

/// A browser that holds the cookie, and sends these headers besides.
fn browser(server: &Server, member: &Member, headers: &[(&'static str, &str)]) -> Client {
    let bare = server.client().with_header("cookie", member.cookie.as_deref().unwrap());
    headers.iter().fold(bare, |client, (name, value)| client.with_header(name, value))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_by_cookie_unless_a_page_of_ours_asks() {
    let server = server().await;
    let ann = register(&server, "ann", "cookie").await;
    let other = log_in(&server.client(), "ann", "cookie").await;
    let token = ann.body["csrf_token"].as_str().unwrap().to_owned();
    let others_token = other.body["csrf_token"].as_str().unwrap();
    let good = ("x-csrf-token", token.as_str());
    let longer = format!("{token}A");
    let refused: [&[(&'static str, &str)]; 14] = [
        &[],
        &[("x-csrf-token", "")],
        &[("x-csrf-token", "nonsense")],
        &[("x-csrf-token", &longer)],
        &[("x-csrf-token", others_token)],
        &[good, good],
        &[good, ("origin", FOREIGN)],
        &[good, ("origin", "null")],
        &[good, ("origin", "http://localhost:8081")],
        &[good, ("sec-fetch-site", "cross-site")],
        &[good, ("sec-fetch-site", "same-site")],
        &[good, ("origin", ALLOWED), ("sec-fetch-site", "cross-site")],
        &[good, ("origin", FOREIGN), ("sec-fetch-site", "same-origin")],
        &[("origin", OWN), ("sec-fetch-site", "same-origin")],
    ];
    let revoke = format!("/v1/sessions/{}/revoke", other.session());
    // Long enough for a use to be noted.
    server.clock.advance(std::time::Duration::from_secs(3600));
    for headers in refused {
        let page = browser(&server, &ann, headers);
        for path in ["/v1/logout", "/v1/sessions/revoke-others", &revoke] {
            page.post_empty(path).await.problem(403, "csrf-failed");
        }
    }
    let noted = "select count(*) from sessions where last_seen_at > created_at and id::text = $1";
    assert_eq!(server.count(noted, ann.session()).await, 0, "not even a use is noted");
    assert_eq!(listed(&other).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_ours_may_do_everything() {
    let server = server().await;
    let ann = register(&server, "ann", "cookie").await;
    let token = ann.body["csrf_token"].as_str().unwrap();
    let good = ("x-csrf-token", token);
    let let_through: [&[(&'static str, &str)]; 6] = [
        &[good],
        &[good, ("origin", OWN)],
        &[good, ("origin", ALLOWED)],
        &[good, ("sec-fetch-site", "same-origin")],
        &[good, ("sec-fetch-site", "none")],
        &[good, ("origin", OWN), ("sec-fetch-site", "same-origin")],
    ];
    for headers in let_through {
        let answer = browser(&server, &ann, headers).post_empty("/v1/sessions/revoke-others").await;
        assert_eq!(answer.status, 204, "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_nothing_needs_no_token() {
    let server = server().await;
    let ann = register(&server, "ann", "cookie").await;
    for headers in [&[][..], &[("origin", ALLOWED), ("sec-fetch-site", "same-site")], &[("origin", FOREIGN)]] {
        let page = browser(&server, &ann, headers);
        for path in ["/v1/me", "/v1/sessions", "/v1/csrf"] {
            assert_eq!(page.get(path).await.status, 200, "{path} {headers:?}");
            assert_eq!(Answer::read(page.request(Method::HEAD, path)).await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_need_none_of_this() {
    let server = server().await;
    let ann = register(&server, "ann", "token").await;
    for headers in [("origin", FOREIGN), ("sec-fetch-site", "cross-site"), ("x-csrf-token", "nonsense")] {
        let page = ann.client.with_header(headers.0, headers.1);
        assert_eq!(page.post_empty("/v1/sessions/revoke-others").await.status, 204, "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_strange_page_can_log_somebody_in_by_cookie() {
    let server = server().await;
    register(&server, "ann", "token").await;
    let sessions = "select count(*) from sessions s join users u on u.id = s.user_id where u.username = $1";
    let strange =
        [("origin", FOREIGN), ("origin", "null"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")];
    for (name, value) in strange {
        let page = server.client().with_header(name, value);
        let answer = page.post("/v1/sessions", credentials("ann", "cookie")).await;
        assert_eq!(answer.header("set-cookie"), "");
        answer.problem(403, "csrf-failed");
        assert_eq!(server.count(sessions, "ann").await, 1);
    }
    for (name, value) in
        [("origin", OWN), ("origin", ALLOWED), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none")]
    {
        let page = server.client().with_header(name, value);
        page.post("/v1/sessions", credentials("ann", "cookie")).await.expect(201);
    }
    // What a strange page cannot read does no harm.
    let page = server.client().with_header("origin", FOREIGN);
    let answer = page.post("/v1/sessions", credentials("ann", "token")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (201, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_strange_page_can_complete_a_registration_by_cookie() {
    let server = server().await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    let body = with(profile(&token, "ann"), "session_kind", json!("cookie"));
    for (name, value) in [("origin", FOREIGN), ("sec-fetch-site", "cross-site")] {
        let answer = ann.with_header(name, value).complete(&id, body.clone()).await;
        assert_eq!(answer.header("set-cookie"), "");
        answer.problem(403, "csrf-failed");
    }
    assert_eq!(server.accounts_named("ann").await, 0);
    let answer = ann.with_header("sec-fetch-site", "same-origin").with_header("origin", OWN).complete(&id, body).await;
    assert!(Member::new(&ann, answer).is_logged_in().await, "the token was not used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_allowed_origins_may_read_with_credentials_and_no_others() {
    let server = server().await;
    let ann = register(&server, "ann", "cookie").await;
    for (origin, echoed, credentials) in
        [(OWN, OWN, "true"), (ALLOWED, ALLOWED, "true"), (FOREIGN, "", ""), ("null", "", "")]
    {
        let answer = browser(&server, &ann, &[("origin", origin)]).get("/v1/sessions").await;
        assert_eq!(answer.header("access-control-allow-origin"), echoed);
        assert_eq!(answer.header("access-control-allow-credentials"), credentials);
        for varying in ["Origin", "Authorization, Cookie"] {
            assert!(answer.headers.get_all("vary").iter().any(|it| it == varying), "{varying}");
        }
    }
    let asking = |origin| {
        let client = server.client().with_header("origin", origin);
        client
            .with_header("access-control-request-method", "POST")
            .with_header("access-control-request-headers", "x-csrf-token,content-type,authorization")
    };
    let allowed = Answer::read(asking(ALLOWED).request(Method::OPTIONS, "/v1/logout")).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-credentials")), (204, "true"));
    assert!(allowed.header("access-control-allow-headers").contains("X-CSRF-Token"));
    let refused = Answer::read(asking(FOREIGN).request(Method::OPTIONS, "/v1/logout")).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (403, ""));
}
