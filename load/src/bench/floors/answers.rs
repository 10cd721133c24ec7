//! What the floors answer: documents of the same members and the same length as ChatLink's.

use serde::Serialize;

const CREATED: &str = "2026-05-17T12:00:00.123Z";
const EXPIRES: &str = "2026-05-17T12:05:00.123Z";
/// As long as the id of an OTP session.
const ID: &str = "mDT3h0m3v2Gd7bXg7nVh8yX0vOQm3zrj6fVx1G6mE2A";
/// As long as the id of a request.
const REQUEST: &str = "0f9c2c1e7a5b4d3e8f60718293a4b5c6";

/// An OTP session.
#[derive(Serialize)]
pub struct Session {
    id: &'static str,
    purpose: &'static str,
    state: &'static str,
    channel: &'static str,
    destination: String,
    code_length: u8,
    created_at: &'static str,
    expires_at: &'static str,
    attempts_left: u16,
    resend: Resend,
    delivery: &'static str,
}

#[derive(Serialize)]
struct Resend {
    left: u16,
    free_left: u16,
    available_at: &'static str,
}

impl Session {
    /// Of somebody whose identifier begins so.
    pub fn of(identifier: &str) -> Self {
        let first = identifier.chars().next().unwrap_or('a');
        Self {
            id: ID,
            purpose: "registration",
            state: "pending",
            channel: "email",
            destination: format!("{first}•••@example.org"),
            code_length: 6,
            created_at: CREATED,
            expires_at: EXPIRES,
            attempts_left: 5,
            resend: Resend { left: 10, free_left: 5, available_at: CREATED },
            delivery: "queued",
        }
    }
}

/// That a code was wrong.
#[derive(Serialize)]
pub struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
    instance: &'static str,
    attempts_left: u16,
}

impl Problem {
    pub const WRONG_CODE: Self = Self {
        r#type: "/problems/otp-code-incorrect",
        title: "Wrong code",
        status: 422,
        detail: "The code is not the one that was sent last.",
        instance: REQUEST,
        attempts_left: 4,
    };
}

/// An account.
#[derive(Serialize)]
pub struct Account<'a> {
    pub id: String,
    pub username: &'a str,
    pub full_name: &'a str,
    pub bio: &'a str,
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub date_of_birth: &'static str,
    pub gender: &'a str,
    pub country: Country<'a>,
    pub native_language: Language<'a>,
    pub learning_languages: Vec<Language<'a>>,
    pub languages_changeable_at: Option<&'static str>,
    pub created_at: &'static str,
}

#[derive(Serialize)]
pub struct Country<'a> {
    pub code: &'a str,
    pub name: &'static str,
}

#[derive(Serialize)]
pub struct Language<'a> {
    pub code: &'a str,
    pub name: &'static str,
    pub autonym: &'static str,
}

impl<'a> Language<'a> {
    pub const fn of(code: &'a str) -> Self {
        Self { code, name: "Portuguese", autonym: "português" }
    }
}

/// An instant that is written by nobody's clock.
pub const INSTANT: &str = CREATED;
