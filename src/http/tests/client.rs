//! The client's page and files, as they are served from the binary and from the source tree.

use actix_web::{
    App, Error,
    body::BoxBody,
    dev::{Service, ServiceResponse},
    http::Method,
    test::{TestRequest, init_service},
};
use serde_json::{Value, json};

use super::{Answer, Stage, call};
use crate::{
    http::{TextReach, client::PATHS, routes},
    web::Assets,
};

const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Where the files are, according to the page.
fn base(page: &str) -> String {
    let (_, rest) = page.split_once("/static/").unwrap();
    format!("/static/{}", rest.split('/').next().unwrap())
}

/// What the page tells the client.
fn settings(page: &str) -> Value {
    let (_, rest) = page.split_once("name=\"chatlink\" content=\"").unwrap();
    serde_json::from_str(&rest.split('"').next().unwrap().replace("&quot;", "\"")).unwrap()
}

async fn get(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    call(app, headers.iter().fold(TestRequest::get().uri(path), |request, header| request.insert_header(*header))).await
}

#[actix_web::test]
async fn the_client_is_at_every_path_that_it_has() {
    let app = Stage::new().app().await;
    for path in PATHS {
        for (accept, cookie, lang, dir) in [
            ("", "", "en", "ltr"),
            ("xx, fr;q=0.5", "", "fr", "ltr"),
            ("de", "chatlink_locale=ar", "ar", "rtl"),
            ("zh-TW", "chatlink_locale=<script>", "zh", "ltr"),
        ] {
            let page = get(&app, path, &[("accept-language", accept), ("cookie", cookie)]).await;
            assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
            assert_eq!((page.header("content-language"), page.header("cache-control")), (Some(lang), Some("no-store")));
            assert!(page.text.contains(&format!("<html lang=\"{lang}\" dir=\"{dir}\">")), "{}", page.text);
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains("script-src 'self'") && policy.contains("trusted-types 'none'"), "{policy}");
            assert!(!page.text.contains("{{"));
        }
        let post = call(&app, TestRequest::post().uri(path)).await;
        assert_eq!((post.slug().as_str(), post.header("allow")), ("method-not-allowed", Some("GET, HEAD")));
        let head = call(&app, TestRequest::with_uri(path).method(Method::HEAD)).await;
        assert_eq!((head.status, head.header("content-language")), (200, Some("en")));
    }
}

#[actix_web::test]
async fn the_client_is_told_what_it_has_to_know() {
    let mut stage = Stage::new();
    let expected = json!({
        "locales": ["en", "es", "fr", "de", "pt", "hi", "ml", "ar", "ja", "zh"],
        "minimum_age": 13,
        "password_min_length": 8,
        "texts": true,
        "mailbox": false,
        "language_cooldown_days": 15,
    });
    let told = |page: Answer| settings(&page.text);
    assert_eq!(told(get(&stage.app().await, "/", &[]).await), expected);
    stage.settings.texts = TextReach::Nowhere;
    assert_eq!(told(get(&stage.app().await, "/", &[]).await)["texts"], false);
}

#[actix_web::test]
async fn files_of_this_version_are_kept_for_good() {
    let app = Stage::new().app().await;
    let base = base(&get(&app, "/", &[]).await.text);
    for (name, media_type) in [
        ("main.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("phone-formats.json", "application/json"),
        ("pages/pages.css", "text/css; charset=utf-8"),
        ("pages/mailbox.js", "text/javascript; charset=utf-8"),
    ] {
        let path = format!("{base}/{name}");
        let file = get(&app, &path, &[]).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some(media_type)), "{name}");
        assert_eq!(
            (file.header("cache-control"), file.header("x-content-type-options")),
            (Some(FOR_GOOD), Some("nosniff"))
        );
        let vary: Vec<_> = file.headers.get_all("vary").map(|line| line.to_str().unwrap()).collect();
        assert!(vary.contains(&"accept-encoding") && !vary.contains(&"Authorization, Cookie"), "{vary:?}");

        let tag = file.header("etag").unwrap();
        let again = get(&app, &path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, again.text.as_str(), again.header("cache-control")), (304, "", Some(FOR_GOOD)));
        let head = call(&app, TestRequest::with_uri(&path).method(Method::HEAD)).await;
        assert_eq!((head.status, head.header("etag")), (200, Some(tag)));
    }
}

#[actix_web::test]
async fn files_of_another_version_are_this_nodes_own_and_not_kept() {
    let app = Stage::new().app().await;
    let base = base(&get(&app, "/", &[]).await.text);
    let own = get(&app, &format!("{base}/pages/mailbox.js"), &[]).await;
    let other = get(&app, "/static/0123456789abcdef/pages/mailbox.js", &[]).await;
    assert_eq!((other.status, other.header("cache-control")), (200, Some("no-store")));
    assert_eq!((&other.text, other.header("etag")), (&own.text, own.header("etag")));
}

#[actix_web::test]
async fn files_are_compressed() {
    let app = Stage::new().app().await;
    let path = format!("{}/phone-formats.json", base(&get(&app, "/", &[]).await.text));
    let whole = get(&app, &path, &[]).await;
    for encoding in ["br", "gzip"] {
        let request = TestRequest::get().uri(&path).insert_header(("accept-encoding", encoding)).to_request();
        let response = actix_web::test::call_service(&app, request).await;
        assert_eq!(response.headers().get("content-encoding").unwrap(), encoding);
        let tag = response.headers().get("etag").unwrap().to_str().unwrap().to_owned();
        assert_eq!(tag, format!("{}-{encoding}\"", whole.header("etag").unwrap().trim_end_matches('"')));
        let body = super::read(response.into_body()).await;
        assert!(body.len() < whole.text.len() / 2, "{}", body.len());
        assert_eq!(get(&app, &path, &[("if-none-match", tag.as_str())]).await.status, 304);
    }
}

#[actix_web::test]
async fn from_the_source_tree_nothing_is_kept() {
    let stage = Stage::new();
    let sources = Assets::on_disk(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web"));
    let services = crate::http::Services { assets: sources, ..stage.services() };
    let app = init_service(App::new().configure(routes(services))).await;
    let page = get(&app, "/login", &[]).await;
    assert_eq!(page.status, 200);
    let file = get(&app, &format!("{}/main.js", base(&page.text)), &[]).await;
    assert_eq!((file.status, file.header("cache-control")), (200, Some("no-store")));
}

#[actix_web::test]
async fn no_path_leads_to_another_file() {
    let app = Stage::new().app().await;
    let base = base(&get(&app, "/", &[]).await.text);
    for name in [
        "",
        ".",
        "index.html",
        "nothing.js",
        "../../Cargo.toml",
        "../../../../../../etc/passwd",
        "..%2f..%2fCargo.toml",
        "%2e%2e/%2e%2e/Cargo.toml",
        "..%5c..%5cCargo.toml",
        "..%252f..%252fCargo.toml",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "views/../../mod.rs",
        "main.js%00",
        "main.js/",
        "%ff",
    ] {
        let answer = get(&app, &format!("{base}/{name}"), &[]).await;
        assert!(answer.status == 404 || answer.status == 400, "{name}: {}", answer.status);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
    }
}

#[actix_web::test]
async fn somebody_who_goes_nowhere_sees_a_page_and_a_program_a_problem() {
    let app = Stage::new().app().await;
    let navigating = ("sec-fetch-dest", "document");
    for method in [Method::GET, Method::HEAD] {
        let request = TestRequest::with_uri("/nowhere/at/all?x").method(method).insert_header(navigating);
        let page = call(&app, request.insert_header(("accept-language", "ar"))).await;
        assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
        assert_eq!((page.header("content-language"), page.header("cache-control")), (Some("ar"), Some("no-store")));
        assert_eq!(page.header("x-request-id").unwrap().len(), 32);
        assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'"));
    }
    let page = get(&app, "/nowhere", &[navigating]).await;
    assert!(page.text.contains("<html lang=\"en\""), "{}", page.text);
    for (path, headers) in [
        ("/nowhere", &[][..]),
        ("/nowhere", &[("accept", "text/html")]),
        ("/nowhere", &[("sec-fetch-dest", "script")]),
        ("/nowhere", &[("sec-fetch-dest", "iframe")]),
        ("/v1/nowhere", &[navigating]),
    ] {
        assert_eq!(get(&app, path, headers).await.slug(), "not-found", "{path} {headers:?}");
    }
    let post = call(&app, TestRequest::post().uri("/nowhere").insert_header(navigating)).await;
    assert_eq!(post.slug(), "not-found");
    // Where there is something, a problem is one, however somebody came.
    assert_eq!(get(&app, "/dev/mailbox", &[navigating]).await.slug(), "not-found");
}
