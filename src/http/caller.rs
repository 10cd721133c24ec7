//! Who calls: whoever the access token in `Authorization` was signed for (RFC 6750, 2.1), while their session lives.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web,
};
use futures_util::future::LocalBoxFuture;

use super::{
    Front,
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
    let token = bearer(request.headers()).ok_or(Kind::NotAuthenticated)?;
    let accounts = &front.services.accounts;
    let (user, session) = accounts.current(accounts.authenticate(token)?).await?;
    Ok(Authenticated { user, session })
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
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn one_bearer_token_is_taken() {
        let read = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::AUTHORIZATION, HeaderValue::from_static(line));
            }
            bearer(&headers).map(ToOwned::to_owned)
        };
        assert_eq!(read(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["bearer  abc"]).as_deref(), Some("abc"));
        let refused: [&[&str]; 6] =
            [&[], &[""], &["Bearer"], &["Bearer "], &["Basic abc"], &["Bearer abc", "Bearer abc"]];
        for lines in refused {
            assert_eq!(read(lines), None, "{lines:?}");
        }
    }
}
