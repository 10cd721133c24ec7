//! What asks the accounts for something: login, the caller's own account, whether a name is free, registering.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use hyper::header::HeaderName;

use super::{
    Scale, Side,
    rows::name,
    sides::{PASSWORD, Verified, complete, text},
    turns::{Ask, Operation},
};
use crate::{
    bench::{BenchError, footprint::Finding},
    client::Request,
};

/// How many are logged in to be asked for.
const CALLERS: usize = 200;
/// How many registrations each side is prepared for. Hashing bounds how many can be completed in the time.
const COMPLETIONS: usize = 2_000;

impl Scale {
    /// With few accounts and with very many.
    pub(super) async fn accounts(&self, small: &mut Side, large: &mut Side) -> Result<Vec<Finding>, BenchError> {
        let (few, many) = (small.accounts, large.accounts);
        let mut findings = Vec::new();
        let named = Operation {
            what: "whether a username is free",
            status: 200,
            small: Arc::new(move |_, _| is_free(few)),
            large: Arc::new(move |_, _| is_free(many)),
            note: "the lookup by name and nothing else; any of the accounts",
        };
        findings.push(self.compare(small, large, named).await?);
        let (callers, more_callers) = (small.callers().await?, large.callers().await?);
        let own = Operation {
            what: "GET /v1/me",
            status: 200,
            small: me(callers),
            large: me(more_callers),
            note: "by token, of 200 accounts in turn",
        };
        findings.push(self.compare(small, large, own).await?);
        let login = Operation {
            what: "login by username",
            status: 201,
            small: Arc::new(move |_, _| login(&any(few))),
            large: Arc::new(move |_, _| login(&any(many))),
            note: "any of the accounts; nearly all of it is Argon2id at 19 MiB and 2 passes, see the statements",
        };
        findings.push(self.compare(small, large, login).await?);
        let (verified, more_verified) = (small.verified(COMPLETIONS).await?, large.verified(COMPLETIONS).await?);
        let completed = Operation {
            what: "completing a registration",
            status: 201,
            small: completions(verified),
            large: completions(more_verified),
            note: "the insert; nearly all of it is Argon2id as well",
        };
        findings.push(self.compare(small, large, completed).await?);
        Ok(findings)
    }
}

impl Side {
    /// Access tokens of some accounts.
    pub(super) async fn callers(&self) -> Result<Arc<Vec<String>>, BenchError> {
        let accounts = self.accounts;
        let request = move |_| login(&any(accounts));
        let tokens =
            self.node.drive.each("logins", CALLERS, 201, request, |answer| text(&answer, "access_token")).await?;
        Ok(Arc::new(tokens))
    }
}

/// One of the accounts.
pub fn any(accounts: u64) -> String {
    name(fastrand::u64(0..accounts.max(1)))
}

/// Asks for the account of a token's holder.
pub fn me(tokens: Arc<Vec<String>>) -> Ask {
    Arc::new(move |_, _| Request::get("/v1/me").bearer(fastrand::choice(tokens.iter()).map_or("", String::as_str)))
}

/// Logs in.
pub fn login(username: &str) -> Request {
    Request::post("/v1/sessions", format!("{{\"login\":\"{username}\",\"password\":\"{PASSWORD}\"}}"))
}

/// From any address, since one may ask so only so often.
pub fn is_free(accounts: u64) -> Request {
    let [a, b, c] = [(); 3].map(|()| fastrand::u8(1..255));
    let address = format!("10.{a}.{b}.{c}");
    Request::get(format!("/v1/usernames/{}", any(accounts))).header(HeaderName::from_static("x-forwarded-for"), address)
}

/// Completes one of them at a time. Each is completed once.
pub fn completions(verified: Arc<Vec<Verified>>) -> Ask {
    let next = AtomicUsize::new(0);
    Arc::new(move |_, _| {
        let number = next.fetch_add(1, Ordering::Relaxed);
        complete(&verified, number, &format!("made_{}_{number}", fastrand::u32(..)))
    })
}
