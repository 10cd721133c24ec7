//! The browser client: the page that it runs in, at every path that it has, and the files that it is made of.
//!
//! What it shows is the business of `web/client`. Here is where it may be, and how long browsers may keep it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    web,
};

use super::{
    Front, TextReach, cache,
    edge::ForPeople,
    headers::PAGE_POLICY,
    language,
    problem::{Kind, Problem},
};
use crate::web::shell;

/// Where the client is: the paths of its `routes.js`.
pub const PATHS: [&str; 17] = [
    "/",
    "/register",
    "/register/code",
    "/register/profile",
    "/login",
    "/forgot",
    "/forgot/code",
    "/forgot/password",
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

/// For good: what is different has another path.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const NOT_AT_ALL: &str = "no-store";

/// `GET` at any of [`PATHS`]: the page that the client runs in.
pub async fn page(front: web::Data<Front>, request: HttpRequest) -> HttpResponse {
    shell(&front, &request, StatusCode::OK)
}

/// `GET /static/{version}/{path}`: a file.
///
/// The version may be that of another node, which made the page while this one is not yet, or no longer, of its
/// version. Then this node's own file is better than none, but nobody must keep it under that name.
pub async fn file(
    front: web::Data<Front>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (version, name) = path.into_inner();
    let assets = &front.services.assets;
    let asset = assets.get(&name).ok_or(Kind::NotFound)?;
    let keep = if assets.is_final(&version) { FOR_GOOD } else { NOT_AT_ALL };
    Ok(cache::answer(&request, &asset.tag, keep, |answer| answer.content_type(asset.media_type).body(asset.bytes)))
}

/// Whatever is nowhere. Somebody who goes there with a browser gets a page, and anything else the problem.
pub async fn nowhere(front: web::Data<Front>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if !is_navigation(&request) {
        return Err(Kind::NotFound.into());
    }
    let mut page = shell(&front, &request, StatusCode::NOT_FOUND);
    page.extensions_mut().insert(ForPeople);
    Ok(page)
}

/// Whether a browser asks for something to show in a tab (Fetch Metadata Request Headers, 2.1).
fn is_navigation(request: &HttpRequest) -> bool {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
    is_safe && !request.path().starts_with("/v1/") && destination(request.headers()) == Some("document")
}

fn destination(headers: &HeaderMap) -> Option<&str> {
    headers.get("sec-fetch-dest")?.to_str().ok()
}

/// The page that the client runs in, in the language of whoever asks.
fn shell(front: &Front, request: &HttpRequest, status: StatusCode) -> HttpResponse {
    let (assets, locale) = (&front.services.assets, language::of_pages(request.headers()));
    HttpResponse::build(status)
        .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag())))
        .content_type("text/html; charset=utf-8")
        .body(shell::render(&assets.template(), &assets.base(), locale, &front.client))
}

impl TextReach {
    /// Whether text messages go anywhere at all.
    pub(super) fn is_anywhere(&self) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Countries(countries) => !countries.is_empty(),
            Self::Everywhere => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_where_its_own_map_says() {
        let map = include_str!("../web/client/routes.js").lines();
        let paths: Vec<_> = map.filter_map(|line| line.trim_start().strip_prefix("[\"")?.split('"').next()).collect();
        assert_eq!(paths, PATHS);
    }
}
