//! Accounts to be served, written straight into the database: registering them would take longer than measuring.

use std::{ops::Range, sync::Arc};

use argon2::{Argon2, PasswordHasher as _};
use hyper::header::HeaderName;
use serde::Deserialize;

use super::{
    BenchError,
    lab::{Lab, answers},
};
use crate::client::{Request, Target};

/// The server believes it, coming from this machine.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Of all of them.
const PASSWORD: &str = "seven-violet-kettles-91";

const SETTLE: &str = "
    insert into users (id, otp_session, email, email_canonical, username, username_canonical, password_hash, full_name,
        bio, date_of_birth, gender, country, native_language, learning_languages, locale, created_at)
    select gen_random_uuid(), sha256(name::bytea), name || '@example.org', name || '@example.org', name, name, $2,
        'Somebody Else', '', date '1990-05-17', 'other', 'BR', 'por', array['eng', 'jpn'], 'en', now()
    from (select 'resident' || n as name from generate_series(1, $1) as n) as names
    on conflict do nothing";

#[derive(Deserialize)]
struct LoggedIn {
    access_token: String,
}

/// Has as many accounts as are wanted in the database, all with the same password.
pub async fn settle(lab: &Lab) -> Result<(), BenchError> {
    let hash = Argon2::default().hash_password_with_salt(PASSWORD.as_bytes(), b"0123456789abcdef");
    let hash = hash.map_err(|error| BenchError::Answer(error.to_string()))?.to_string();
    lab.postgres().execute(SETTLE, &[&i32::from(lab.options.accounts), &hash]).await?;
    lab.postgres().batch_execute("analyze users; analyze sessions").await?;
    Ok(())
}

/// Logs some of them in: their access tokens, in any order.
pub async fn log_in(target: &Arc<Target>, accounts: Range<u16>) -> Result<Vec<String>, BenchError> {
    let requests = accounts.map(|nth| login(nth.into())).collect();
    let answers: Vec<LoggedIn> = answers(target, requests, 201).await?;
    Ok(answers.into_iter().map(|answer| answer.access_token).collect())
}

/// The login of one of them, counted from 0, each from an address of their own: what one address tries is judged one
/// after the other.
pub fn login(nth: usize) -> Request {
    let name = nth + 1;
    let address = format!("10.0.{}.{}", nth / 250, nth % 250 + 1);
    Request::post("/v1/sessions", format!(r#"{{"login":"resident{name}","password":"{PASSWORD}"}}"#))
        .header(FORWARDED_FOR, address)
}
