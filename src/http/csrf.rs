//! Requests that a page of somebody else has a browser send, cookies and all (CSRF).
//!
//! Whoever is known by a cookie shows in everything unsafe that a page of ours asks: by a token that only such pages
//! know, and by what the browser itself says of the page. Logging in by cookie is guarded too, or a stranger could have
//! somebody use an account that is the stranger's own.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{HeaderMap, HeaderName},
    },
    web,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Front,
    caller::Authenticated,
    edge::Edge,
    origin::{Origins, Source},
    problem::{Kind, Problem},
};
use crate::accounts::{Accounts, SessionKind};

const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request of that method changes anything (RFC 9110, 9.2.1).
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Lets a request by the cookie of that session through, if it changes nothing or one of our pages asks for it.
pub fn check(request: &HttpRequest, origins: &Origins, accounts: &Accounts, session: Uuid) -> Result<(), Problem> {
    if is_safe(request.method()) {
        return Ok(());
    }
    ours_alone(request.headers(), origins)?;
    let token = only(request.headers(), &TOKEN).flatten();
    match token {
        Some(token) if accounts.is_csrf_token(session, token) => Ok(()),
        _ => Err(Kind::CsrfFailed.into()),
    }
}

/// Lets a request through that asks for a cookie, unless the browser says that another site's page sent it.
pub fn check_login(request: &HttpRequest) -> Result<(), Problem> {
    let edge = request.app_data::<web::Data<Edge>>().ok_or(Kind::Internal)?;
    ours_alone(request.headers(), &edge.origins)
}

/// Whoever sends neither header is no browser of these days.
fn ours_alone(headers: &HeaderMap, origins: &Origins) -> Result<(), Problem> {
    let is_of_ours = origins.source(headers) != Source::Foreign;
    let is_of_this_site = match only(headers, &SITE) {
        None => true,
        Some(site) => matches!(site, Some("same-origin" | "none")),
    };
    if is_of_ours && is_of_this_site { Ok(()) } else { Err(Kind::CsrfFailed.into()) }
}

/// A header's value. The inner `None`: there are several, or it is no text.
#[expect(clippy::option_option, reason = "missing and unreadable are different things")]
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a str>> {
    let mut given = headers.get_all(name);
    let first = given.next()?;
    Some(first.to_str().ok().filter(|_| given.next().is_none()))
}

/// What unsafe requests by cookie need.
#[derive(Serialize, ToSchema)]
pub struct CsrfBody {
    /// For `X-CSRF-Token`.
    csrf_token: String,
}

/// The CSRF token of this session.
///
/// For pages that were loaded anew and do not have it any more. It stays the same for as long as the session lives. A
/// session that is used by tokens has none, and needs none.
#[utoipa::path(get, path = "/v1/csrf", operation_id = "get_csrf_token", tag = "Login",
    security(("cookie" = []), ("bearer" = [])), responses(
    (status = 200, description = "The token", body = CsrfBody),
    (status = 401, description = "`not-authenticated`"),
    (status = 404, description = "`not-found`: the session is used by tokens"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn token(front: web::Data<Front>, caller: Authenticated) -> Result<HttpResponse, Problem> {
    match caller.session.kind {
        SessionKind::Cookie => {
            let token = front.services.accounts.csrf_token(caller.session.id);
            Ok(HttpResponse::Ok().json(CsrfBody { csrf_token: token.as_str().to_owned() }))
        }
        SessionKind::Token => {
            Err(Problem::new(Kind::NotFound)
                .detail("This session is used by tokens. It has no CSRF token and needs none."))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;
    use crate::http::Origin;

    fn lets_through(lines: &[(&'static str, &'static str)]) -> bool {
        let origins = Origins::new(Origin::of_url("https://chat.example").unwrap(), &[]);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        ours_alone(&headers, &origins).is_ok()
    }

    #[test]
    fn what_a_browser_says_of_the_page_counts() {
        let (own, foreign) = (("origin", "https://chat.example"), ("origin", "https://evil.example"));
        let site = |value| ("sec-fetch-site", value);
        for good in [&[][..], &[own], &[site("same-origin")], &[site("none")], &[own, site("same-origin")]] {
            assert!(lets_through(good), "{good:?}");
        }
        for bad in [
            &[foreign][..],
            &[("origin", "null")],
            &[site("cross-site")],
            &[site("same-site")],
            &[site("")],
            &[site("Same-Origin")],
            &[foreign, site("same-origin")],
            &[own, site("cross-site")],
            &[site("same-origin"), site("same-origin")],
            &[own, own],
        ] {
            assert!(!lets_through(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_changes_nothing_is_safe() {
        assert!([Method::GET, Method::HEAD, Method::OPTIONS].iter().all(is_safe));
        assert!(![Method::POST, Method::PUT, Method::PATCH, Method::DELETE].iter().any(is_safe));
    }
}
