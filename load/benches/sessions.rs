//! Knowing who calls, without the database: access tokens, cookies, CSRF tokens.
//!
//! A cookie is known by looking its hash up in Postgres, which is not measured here; what is, is reading it, and the
//! CSRF token that comes along with it.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::{sync::Arc, time::Duration};

use chatlink::{
    accounts::{Accounts, Caller, CookieSecret, Settings, tokens::Signer},
    adapters::{
        postgres,
        system::{SystemClock, SystemEntropy},
    },
    telemetry::metrics::Metrics,
};
use chatlink_actors::time::Timestamp;
use divan::{Bencher, black_box};
use tokio::runtime::Runtime;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LIFETIME: Duration = Duration::from_secs(600);
const CALLER: Caller = Caller { user: Uuid::from_u128(1), session: Uuid::from_u128(2) };
const SECRET: &[u8] = b"a secret of the server, 32 bytes";
const NO_OLDER: [&[u8]; 0] = [];

fn main() {
    divan::main();
}

fn signer() -> Signer {
    Signer::new(SECRET, &NO_OLDER, "https://chat.example.org").unwrap()
}

/// Accounts of a database that is never asked.
fn accounts(runtime: &Runtime) -> Accounts {
    let _context = runtime.enter();
    let pool = postgres::prepare("postgres://nobody@127.0.0.1/none", 1).unwrap();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Accounts::open(pool, SECRET, &NO_OLDER, clock, entropy, Settings::default(), &Metrics::default()).unwrap()
}

#[divan::bench]
fn issue_access_token(bencher: Bencher<'_, '_>) {
    let signer = signer();
    bencher.bench(|| signer.sign(black_box(CALLER), NOW, LIFETIME, &SystemEntropy).unwrap());
}

/// The signature is checked.
#[divan::bench]
fn check_access_token_seen_first(bencher: Bencher<'_, '_>) {
    let signer = signer();
    let new = || signer.sign(CALLER, NOW, LIFETIME, &SystemEntropy).unwrap();
    bencher.with_inputs(new).bench_refs(|token| signer.verify(token, NOW).unwrap());
}

/// The signature was checked before, and that is remembered.
#[divan::bench]
fn check_access_token_seen_again(bencher: Bencher<'_, '_>) {
    let signer = signer();
    let token = signer.sign(CALLER, NOW, LIFETIME, &SystemEntropy).unwrap();
    signer.verify(&token, NOW).unwrap();
    bencher.bench(|| signer.verify(black_box(&token), NOW).unwrap());
}

#[divan::bench]
fn check_access_token_of_another_place(bencher: Bencher<'_, '_>) {
    let signer = signer();
    let another = Signer::new(b"a secret of another one, 32 byte", &NO_OLDER, "https://chat.example.org").unwrap();
    let token = another.sign(CALLER, NOW, LIFETIME, &SystemEntropy).unwrap();
    bencher.bench(|| signer.verify(black_box(&token), NOW));
}

#[divan::bench]
fn read_cookie() -> Option<CookieSecret> {
    CookieSecret::parse(black_box("pKWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU"))
}

#[divan::bench]
fn issue_csrf_token(bencher: Bencher<'_, '_>) {
    let runtime = Runtime::new().unwrap();
    let accounts = accounts(&runtime);
    bencher.bench(|| accounts.csrf_token(black_box(CALLER.session)));
}

#[divan::bench]
fn check_csrf_token(bencher: Bencher<'_, '_>) {
    let runtime = Runtime::new().unwrap();
    let accounts = accounts(&runtime);
    let token = accounts.csrf_token(CALLER.session);
    bencher.bench(|| accounts.is_csrf_token(CALLER.session, black_box(token.as_str())));
}
