//! What holds for every answer: problems, headers, limits on what is sent, and nothing secret in the logs.

use reqwest::Method;
use serde_json::json;

use crate::support::{
    Server,
    client::{Answer, profile, with},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_frameworks_own_errors_are_problems_too() {
    let server = Server::start().await;
    let ann = server.client();
    ann.get("/nowhere").await.problem(404, "not-found");
    ann.get("/v1/nowhere").await.problem(404, "not-found");
    let answer = Answer::read(ann.request(Method::DELETE, "/v1/registrations")).await;
    assert_eq!(answer.header("allow"), "POST");
    answer.problem(405, "method-not-allowed");
    let answer = ann.get("/v1/logout").await;
    assert_eq!(answer.header("allow"), "POST");
    answer.problem(405, "method-not-allowed");

    let send = |content_type: Option<&str>, body: String| {
        let request = ann.request(Method::POST, "/v1/registrations").body(body);
        Answer::read(match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        })
    };
    let json = Some("application/json");
    send(None, "{}".into()).await.problem(415, "unsupported-media-type");
    send(Some("text/plain"), "{}".into()).await.problem(415, "unsupported-media-type");
    send(Some("application/x-www-form-urlencoded"), "identifier=a".into()).await.problem(415, "unsupported-media-type");
    send(json, format!("{{\"identifier\":\"{}\"}}", "a".repeat(17 * 1024))).await.problem(413, "payload-too-large");
    for body in
        ["", "{", "[]", "\"text\"", "null", "{\"identifier\": \"\u{0}", "{\"a\":1,}", "{\"identifier\":\"\\ud800\"}"]
    {
        send(json, body.into()).await.problem(400, "malformed-request");
    }
    let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    send(json, nested(32)).await.problem(400, "malformed-request");
    send(json, nested(31)).await.invalid(&[("/identifier", "required")]);
    send(Some("application/json; charset=utf-8"), "{\"identifier\":\"a@example.org\",\"more\":1}".into())
        .await
        .expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_has_a_page_that_says_what_it_means() {
    let server = Server::start().await;
    let ann = server.client();
    for slug in [
        "otp-session-not-found",
        "otp-code-incorrect",
        "otp-session-locked",
        "otp-session-expired",
        "otp-code-used",
        "otp-resend-cooldown",
        "otp-resends-exhausted",
        "otp-identifier-limited",
        "rate-limited",
        "completion-token-invalid",
        "username-taken",
        "identifier-taken",
        "temporarily-unavailable",
        "validation-failed",
        "malformed-request",
        "invalid-credentials",
        "not-authenticated",
        "csrf-failed",
        "refresh-token-reused",
        "session-not-found",
    ] {
        let page = ann.get(&format!("/problems/{slug}")).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{slug}");
        assert!(page.text.contains(slug));
    }
    ann.get("/problems/no-such-problem").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_bear_their_headers() {
    let server = Server::start().await;
    let ann = server.client();
    for answer in [
        ann.get("/v1/me").await,
        ann.start("ann@example.org").await,
        ann.get("/nowhere").await,
        ann.get("/v1/countries").await,
        ann.get("/").await,
    ] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(answer.header("server").is_empty());
        assert!(answer.header("x-request-id").len() >= 16);
        assert!(answer.header("strict-transport-security").is_empty(), "the public URL is http here");
    }
    let answer = ann.get("/v1/me").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.headers.get_all("vary").iter().any(|value| value == "Authorization, Cookie"));
    assert!(!answer.header("www-authenticate").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_browsers_are_told_to_stay_there() {
    let server = Server::with(&[("http.public_url", "https://chat.example.org")]).await;
    let answer = server.client().get("/healthz").await;
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_allowed_origins_may_read_across() {
    let server = Server::with(&[("http.allowed_origins", "https://app.example.org")]).await;
    let from = |origin: &str| server.client().with_header("origin", origin);
    let answer = from("https://app.example.org").start("ann@example.org").await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.org");
    assert!(answer.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().contains("Origin")));
    for origin in ["https://evil.example", "null"] {
        let answer = from(origin).start("ann@example.org").await;
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    let preflight = from("https://app.example.org")
        .with_header("access-control-request-method", "POST")
        .with_header("access-control-request-headers", "content-type");
    let answer = Answer::read(preflight.request(Method::OPTIONS, "/v1/registrations")).await;
    assert!(answer.status == 200 || answer.status == 204, "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.org");
    assert!(answer.header("access-control-allow-methods").contains("POST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reference_data_is_public_cached_and_named_in_the_language_asked_for() {
    let server = Server::start().await;
    let ann = server.client();
    let countries = ann.get("/v1/countries").await;
    assert_eq!(countries.header("cache-control"), "public, max-age=86400");
    let etag = countries.header("etag").to_owned();
    assert!(!etag.is_empty());
    let again = ann.with_header("if-none-match", &etag).get("/v1/countries").await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let named = |body: &serde_json::Value, list: &str, code: &str| {
        body[list].as_array().unwrap().iter().find(|entry| entry["code"] == code).cloned().unwrap()
    };
    assert_eq!(named(&countries.body, "countries", "DE")["name"], "Germany");
    let languages = ann.get("/v1/languages").await.expect(200);
    let japanese = named(&languages, "languages", "jpn");
    assert_eq!((&japanese["iso639_1"], &japanese["autonym"]), (&json!("ja"), &json!("日本語")));
    let spanish = ann.with_header("accept-language", "es");
    assert_eq!(named(&spanish.get("/v1/countries").await.body, "countries", "DE")["name"], "Alemania");
    assert_eq!(named(&spanish.get("/v1/languages").await.body, "languages", "jpn")["name"], "japonés");
}

#[tokio::test(flavor = "multi_thread")]
async fn usernames_say_whether_they_are_free() {
    let server = Server::start().await;
    server.register("ann@example.org", "Ann").await;
    let bo = server.client();
    for (name, available, reason) in [
        ("bo", false, json!("invalid")),
        ("bob", true, json!(null)),
        ("aNN", false, json!("taken")),
        ("admin", false, json!("reserved")),
        ("a..b", false, json!("invalid")),
        ("%27%20or%201%3D1", false, json!("invalid")),
    ] {
        let body = bo.get(&format!("/v1/usernames/{name}")).await.expect(200);
        assert_eq!(body, json!({"available": available, "reason": reason}), "{name}");
    }
    for _ in 0..54 {
        bo.get("/v1/usernames/bob").await.expect(200);
    }
    bo.get("/v1/usernames/bob").await.problem(429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_a_login_learns_nothing() {
    let server = Server::start().await;
    server.register("ann@example.org", "ann").await;
    let bo = server.client();
    let wrong: Vec<_> = [
        bo.log_in("ann", "wrong-password-1").await,
        bo.log_in("nobody", "wrong-password-1").await,
        bo.log_in("nobody@example.org", "wrong-password-1").await,
        bo.log_in("+49", "wrong-password-1").await,
        bo.log_in("ann", "").await,
        bo.log_in("' or ''='", "' or ''='").await,
        bo.log_in("a\u{0}b", "x\u{0}y").await,
    ]
    .into_iter()
    .map(|answer| {
        let mut body = answer.problem(401, "invalid-credentials");
        body["instance"] = json!(null);
        body
    })
    .collect();
    assert!(wrong.iter().all(|body| *body == wrong[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn injected_text_is_stored_as_it_is_or_refused() {
    let server = Server::start().await;
    let ann = server.client();
    let evil = "'); drop table users; -- <script>alert(1)</script> {{7*7}} ${jndi:ldap://x} %s";
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    let body = with(with(profile(&token, "ann"), "full_name", json!(evil)), "device_name", json!(evil));
    let completed = ann.complete(&id, body).await.expect(201);
    assert_eq!(completed["user"]["full_name"], evil);
    assert_eq!(completed["session"]["device_name"], evil);

    let (id, token) = server.verified(&ann, "bo@example.org").await;
    for member in ["username", "full_name", "date_of_birth", "country", "native_language", "gender", "device_name"] {
        let answer = ann.complete(&id, with(profile(&token, "bo.b"), member, json!("a\u{0}'\"\\\u{7}"))).await;
        assert_eq!(
            (answer.status, answer.body["errors"][0]["pointer"].as_str()),
            (422, Some(format!("/{member}").as_str())),
            "{}",
            answer.text
        );
    }
    ann.complete(&id, profile(&token, "bo.b")).await.expect(201);
    assert_eq!(server.accounts_named("ann").await + server.accounts_named("bo.b").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_that_it_is_up_and_ready() {
    let server = Server::start().await;
    let ann = server.client();
    ann.get("/healthz").await.expect(200);
    ann.get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_describes_itself_without_help_from_elsewhere() {
    let server = Server::start().await;
    let ann = server.client();
    let document = ann.get("/openapi.json").await.expect(200);
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    for path in ["/v1/registrations", "/v1/registrations/{id}/verify", "/v1/sessions", "/v1/me", "/v1/languages"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    for page in ["/docs", "/", "/login", "/dev/mailbox", "/problems"] {
        let page = ann.get(page).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        for elsewhere in ["src=\"http", "href=\"http", "//cdn", "@import"] {
            assert!(!page.text.contains(elsewhere), "{elsewhere}");
        }
    }
    let redirect = ann.get("/.well-known/change-password").await;
    assert_eq!((redirect.status, redirect.header("location")), (302, "/account/password"));
    let keys = ann.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(keys["keys"][0]["kty"], "OKP");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_comes_in_the_language_of_whoever_asks_and_so_do_its_files() {
    let server = Server::start().await;
    let ann = server.client();
    for (client, lang, dir) in [
        (ann.clone(), "en", "ltr"),
        (ann.with_header("accept-language", "pt-BR, en;q=0.5"), "pt", "ltr"),
        (ann.with_header("accept-language", "pt").with_header("cookie", "chatlink_locale=ar"), "ar", "rtl"),
    ] {
        let page = client.get("/register/code").await;
        assert_eq!((page.status, page.header("content-language")), (200, lang));
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.text.contains(&format!("<html lang=\"{lang}\" dir=\"{dir}\">")), "{}", page.text);
        assert!(page.text.contains("&quot;texts&quot;:true,&quot;mailbox&quot;:true,"), "{}", page.text);
    }
    // All that the pages name is there, under one version, and nothing else is.
    for page in ["/", "/docs", "/dev/mailbox"] {
        let page = ann.get(page).await.text;
        let files: Vec<&str> = page.split('"').filter(|it| it.starts_with("/static/")).collect();
        assert!(!files.is_empty());
        for file in files {
            let answer = ann.get(file).await;
            assert_eq!((answer.status, answer.header("etag").is_empty()), (200, false), "{file}");
            let kept = ann.with_header("if-none-match", answer.header("etag")).get(file).await;
            assert_eq!((kept.status, kept.text.as_str()), (304, ""), "{file}");
            let zipped = ann.with_header("accept-encoding", "gzip").get(file).await;
            assert_eq!(zipped.header("content-encoding"), "gzip", "{file}");
        }
    }
    ann.get("/static/style.css").await.problem(404, "not-found");
    ann.get("/static/x/..%2f..%2fCargo.toml").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_goes_nowhere_sees_a_page() {
    let server = Server::start().await;
    let ann = server.client();
    let browser = ann.with_header("sec-fetch-dest", "document");
    let page = browser.get("/nowhere").await;
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.text.contains("<html lang=\"en\""), "{}", page.text);
    let head = Answer::read(browser.request(Method::HEAD, "/nowhere")).await;
    assert_eq!((head.status, head.text.as_str()), (404, ""));
    ann.get("/nowhere").await.problem(404, "not-found");
    browser.get("/v1/nowhere").await.problem(404, "not-found");
    browser.post_empty("/nowhere").await.problem(404, "not-found");
}
