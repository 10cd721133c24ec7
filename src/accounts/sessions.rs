//! Opening sessions, knowing by them who calls, and ending them.

use std::{net::IpAddr, time::Duration};

use chatlink_actors::time::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    AccessToken, Accounts, AuthError, Caller, Cookie, CookieSecret, Credentials, CsrfToken, Grant, LoggedIn,
    LoginError, Opening, RefreshToken, SessionInfo, SessionKind, Tokens, Unavailable, User,
    audit::{By, Entry, Event},
    notice::{Notice, NoticeKind},
    store::{NewSession, Opened},
    tokens::random_uuid,
};

/// `last_seen_at` is kept to this, or to a tenth of the idle lifetime where that is shorter.
const SEEN_RESOLUTION: Duration = Duration::from_secs(60);

impl Accounts {
    /// Opens a session for somebody who has just proved that the account is theirs, unless its password has changed
    /// since, or it is locked or gone. From a device that was not seen before, the owner gets a notice.
    ///
    /// # Cancellation
    /// If the future is dropped, a session may have been opened of which nobody holds the tokens.
    pub async fn open_session(&self, owner: Credentials, opening: Opening) -> Result<LoggedIn, LoginError> {
        self.start_session(owner, opening, true).await
    }

    /// Opens the session that comes with a new account. Its device is known from then on.
    ///
    /// # Cancellation
    /// As [`open_session`](Self::open_session).
    pub async fn open_first_session(&self, owner: Credentials, opening: Opening) -> Result<LoggedIn, LoginError> {
        self.start_session(owner, opening, false).await
    }

    async fn start_session(
        &self,
        owner: Credentials,
        opening: Opening,
        is_login: bool,
    ) -> Result<LoggedIn, LoginError> {
        let now = self.now();
        let device = self.0.devices.marks(owner.user.id, &opening);
        let session = SessionInfo {
            id: random_uuid(&*self.0.entropy),
            kind: opening.kind,
            device_name: opening.device_name.map(|name| name.as_str().to_owned()),
            ip: opening.ip.to_canonical(),
            created_at: now,
            last_seen_at: now,
            expires_at: self.expiry(opening.kind, now, now),
        };
        let (grant, secret_hash) = self.grant(owner.user.id, &session, now)?;
        let caller = Caller { user: owner.user.id, session: session.id };
        let new = NewSession {
            owner: &owner,
            info: &session,
            secret_hash,
            device,
            entry: is_login.then(|| entry(Event::LoggedIn, caller, session.ip, now)),
            notice: is_login.then(|| self.new_login(&owner, session.ip, now)).flatten(),
        };
        match self.0.store.open_session(new).await.map_err(Unavailable::from)? {
            Opened::Refused => return Err(LoginError::InvalidCredentials),
            Opened::Live { with_notice: true } => self.notices_posted(),
            Opened::Live { with_notice: false } => {}
        }
        Ok(LoggedIn { grant, session, user: owner.user })
    }

    /// What uses a session that is about to be opened, and the hash of it that is stored.
    fn grant(&self, user: Uuid, session: &SessionInfo, now: Timestamp) -> Result<(Grant, [u8; 32]), Unavailable> {
        let entropy = &*self.0.entropy;
        Ok(match session.kind {
            SessionKind::Token => {
                let refresh_token = self.0.refresh.first(session.id, entropy);
                let hash = refresh_token.hash();
                (Grant::Tokens(self.tokens(user, session, refresh_token, now)?), hash)
            }
            SessionKind::Cookie => {
                let secret = CookieSecret::random(entropy);
                let hash = secret.hash();
                let (max_age, csrf_token) = (self.settings().session_max_age, self.csrf_token(session.id));
                (Grant::Cookie(Cookie { secret, max_age, csrf_token }), hash)
            }
        })
    }

    /// The tokens of a session as it is now. None is good for longer than the session.
    pub(super) fn tokens(
        &self,
        user: Uuid,
        session: &SessionInfo,
        refresh_token: RefreshToken,
        now: Timestamp,
    ) -> Result<Tokens, Unavailable> {
        let caller = Caller { user, session: session.id };
        let refresh_expires_in = session.expires_at.since(now);
        let expires_in = self.settings().access_ttl.min(refresh_expires_in);
        let access_token = self.0.signer.sign(caller, now, expires_in, &*self.0.entropy)?;
        let access_token = AccessToken::new(Zeroizing::new(access_token));
        Ok(Tokens { access_token, expires_in, refresh_token, refresh_expires_in })
    }

    /// The notice of a login. `None`: the account's address is none that we could write to.
    fn new_login(&self, owner: &Credentials, ip: IpAddr, at: Timestamp) -> Option<Notice> {
        Some(Notice {
            id: random_uuid(&*self.0.entropy),
            user: owner.user.id,
            kind: NoticeKind::NewLogin { ip },
            to: owner.user.contact()?,
            locale: owner.locale,
            at,
        })
    }

    /// Who an access token was signed for. Whether the session still lives, [`current`](Self::current) knows.
    pub fn authenticate(&self, bearer: &str) -> Result<Caller, AuthError> {
        self.0.signer.verify(bearer, self.now()).ok_or(AuthError::NotAuthenticated)
    }

    /// The caller's account and session, and notes that the session was used.
    pub async fn current(&self, caller: Caller) -> Result<(User, SessionInfo), AuthError> {
        let now = self.now();
        let current = self.0.store.current(caller, now).await.map_err(Unavailable::from)?;
        let (user, session) = current.ok_or(AuthError::NotAuthenticated)?;
        Ok((user, self.used(session).await?))
    }

    /// The account and the session that a cookie stands for. Whether the request is one of our pages' own is not
    /// known yet, so nothing is noted: see [`used`](Self::used).
    pub async fn by_cookie(&self, cookie: &str) -> Result<(User, SessionInfo), AuthError> {
        let secret = CookieSecret::parse(cookie).ok_or(AuthError::NotAuthenticated)?;
        let current = self.0.store.current_by_cookie(secret.hash(), self.now()).await.map_err(Unavailable::from)?;
        current.ok_or(AuthError::NotAuthenticated)
    }

    /// Notes that a session was used, as exactly as that is kept. One of a cookie lives on by it.
    pub async fn used(&self, session: SessionInfo) -> Result<SessionInfo, Unavailable> {
        let now = self.now();
        let resolution = SEEN_RESOLUTION.min(self.idle_ttl(session.kind) / 10);
        if now.since(session.last_seen_at) < resolution {
            return Ok(session);
        }
        let expires_at = match session.kind {
            SessionKind::Token => session.expires_at,
            SessionKind::Cookie => self.expiry(session.kind, session.created_at, now),
        };
        let used = SessionInfo { last_seen_at: now, expires_at, ..session };
        self.0.store.touch_session(&used).await?;
        Ok(used)
    }

    /// The CSRF token of a session.
    pub fn csrf_token(&self, session: Uuid) -> CsrfToken {
        self.0.csrf.token(session)
    }

    /// Whether that is the CSRF token of the session.
    pub fn is_csrf_token(&self, session: Uuid, token: &str) -> bool {
        self.0.csrf.verify(session, token)
    }

    /// Ends the caller's session. Nothing that used it is worth anything from now on.
    pub async fn log_out(&self, caller: Caller, ip: IpAddr) -> Result<(), AuthError> {
        let now = self.now();
        let entry = entry(Event::LoggedOut, caller, ip, now);
        let lived = self.0.store.end_session(caller, now, Some(entry)).await.map_err(Unavailable::from)?;
        if lived { Ok(()) } else { Err(AuthError::NotAuthenticated) }
    }

    /// The live sessions of the caller's account, the one used last first.
    pub async fn sessions(&self, of: Caller) -> Result<Vec<SessionInfo>, Unavailable> {
        Ok(self.0.store.sessions(of.user, self.now()).await?)
    }

    /// Ends a session of the caller's account. Whether there was such a one.
    pub async fn revoke(&self, by: Caller, session: Uuid, ip: IpAddr) -> Result<bool, Unavailable> {
        let (now, of) = (self.now(), Caller { session, ..by });
        let entry = entry(Event::SessionRevoked, of, ip, now);
        Ok(self.0.store.end_session(of, now, Some(entry)).await?)
    }

    /// Ends all sessions of the caller's account but the one they call by.
    pub async fn revoke_others(&self, by: Caller, ip: IpAddr) -> Result<(), AuthError> {
        let now = self.now();
        let entry = entry(Event::SessionsRevoked, by, ip, now);
        let lives = self.0.store.end_other_sessions(by, now, &entry).await.map_err(Unavailable::from)?;
        if lives { Ok(()) } else { Err(AuthError::NotAuthenticated) }
    }

    /// Ends a session that was opened a moment ago and that nobody got to know of.
    pub async fn abandon(&self, opened: &LoggedIn) -> Result<(), Unavailable> {
        let caller = Caller { user: opened.user.id, session: opened.session.id };
        self.0.store.end_session(caller, self.now(), None).await?;
        Ok(())
    }

    /// How long a session lives without being used or renewed.
    fn idle_ttl(&self, kind: SessionKind) -> Duration {
        match kind {
            SessionKind::Token => self.settings().refresh_ttl,
            SessionKind::Cookie => self.settings().cookie_idle_ttl,
        }
    }

    /// When a session ends that is used or renewed now, and not again.
    fn expiry(&self, kind: SessionKind, created_at: Timestamp, now: Timestamp) -> Timestamp {
        (now + self.idle_ttl(kind)).min(created_at + self.settings().session_max_age)
    }
}

/// A line of the trail about a session.
pub(super) fn entry(event: Event, of: Caller, ip: IpAddr, at: Timestamp) -> Entry {
    Entry { at, event, user: Some(of.user), session: Some(of.session), by: By::Client(ip) }
}
