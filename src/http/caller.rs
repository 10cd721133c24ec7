//! Who calls: whoever the access token in `Authorization` was signed for (RFC 6750, 2.1), or else whoever the cookie
//! belongs to, while their session lives.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap, HeaderValue},
    web,
};
use futures_util::future::LocalBoxFuture;

use super::{
    Front, cookie, csrf,
    edge::Edge,
    problem::{Kind, Problem},
};
use crate::accounts::{Caller, SessionInfo, User};

/// The caller's account and the session they call by, both as they were a moment ago.
pub struct Authenticated {
    /// The account.
    pub user: User,
    /// The session.
    pub session: SessionInfo,
}

impl Authenticated {
    /// The ids of both.
    pub const fn caller(&self) -> Caller {
        Caller { user: self.user.id, session: self.session.id }
    }
}

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authenticate(&request).await })
    }
}

async fn authenticate(request: &HttpRequest) -> Result<Authenticated, Problem> {
    let front = request.app_data::<web::Data<Front>>().ok_or(Kind::Internal)?;
    let accounts = &front.services.accounts;
    let (user, session) = match credential(request.headers()).ok_or(Kind::NotAuthenticated)? {
        Credential::Bearer(token) => accounts.current(accounts.authenticate(token)?).await?,
        Credential::Cookie(secret) => {
            let (user, session) = accounts.by_cookie(secret).await?;
            let edge = request.app_data::<web::Data<Edge>>().ok_or(Kind::Internal)?;
            csrf::check(request, &edge.origins, accounts, session.id)?;
            (user, accounts.used(session).await?)
        }
    };
    Ok(Authenticated { user, session })
}

/// What a request shows to be somebody's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Credential<'a> {
    Bearer(&'a str),
    Cookie(&'a str),
}

/// A bearer token, good or bad, goes before a cookie. What a proxy asks for itself, such as `Basic`, is no concern of
/// ours.
fn credential(headers: &HeaderMap) -> Option<Credential<'_>> {
    if headers.get_all(header::AUTHORIZATION).any(is_bearer) {
        bearer(headers).map(Credential::Bearer)
    } else {
        cookie::read(headers).map(Credential::Cookie)
    }
}

fn is_bearer(credentials: &HeaderValue) -> bool {
    let scheme = credentials.as_bytes().split(|byte| *byte == b' ').next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// The token, where exactly one is given.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION);
    let (credentials, None) = (given.next()?, given.next()) else { return None };
    let (scheme, token) = credentials.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderName;

    use super::*;

    /// What is taken of these lines of `Authorization`, beside a cookie.
    fn taken(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-chatlink_session=def"));
        for line in lines {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(line));
        }
        credential(&headers).map(|credential| match credential {
            Credential::Bearer(token) => format!("bearer {token}"),
            Credential::Cookie(secret) => format!("cookie {secret}"),
        })
    }

    #[test]
    fn one_bearer_token_is_taken() {
        for lines in [["Bearer abc"], ["bearer  abc"], ["BEARER abc "]] {
            assert_eq!(taken(&lines).as_deref(), Some("bearer abc"), "{lines:?}");
        }
    }

    #[test]
    fn a_bad_bearer_token_does_not_make_the_cookie_count() {
        let refused: [&[&str]; 5] = [
            &["Bearer"],
            &["Bearer "],
            &["Bearer abc", "Bearer abc"],
            &["Bearer abc", "Basic abc"],
            &["Basic abc", "Bearer"],
        ];
        for lines in refused {
            assert_eq!(taken(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn the_cookie_counts_where_there_is_no_bearer_token() {
        let without: [&[&str]; 4] = [&[], &[""], &["Basic abc"], &["Bearers abc"]];
        for lines in without {
            assert_eq!(taken(lines).as_deref(), Some("cookie def"), "{lines:?}");
        }
        let mut headers = HeaderMap::new();
        headers.append(HeaderName::from_static("authorization"), HeaderValue::from_static("Basic abc"));
        assert!(credential(&headers).is_none());
    }
}
