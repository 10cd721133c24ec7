//! Settings, read once into types that hold only what makes sense.
//!
//! [`Sources`] lays a file, the environment and flags over each other as dotted keys that remember where they came
//! from. [`Settings::read`] turns them into typed sections, one table of keys per section; each key has a default,
//! is optional, or is required in production. Every problem is named at once, an unknown key among them, and a
//! secret is never echoed. What the types cannot say (one setting contradicts another, or is too weak for
//! production) stands beside the keys that it is about.

mod accounts;
mod delivery;
mod http;
mod number;
mod operations;
mod otp;
mod problem;
mod reader;
mod secrets;
mod sources;
mod stores;
mod texts;
mod urls;
mod value;

pub use accounts::{Accounts, Login, Passwords, Sessions};
pub use delivery::{Countries, Mail, Sender, Sms, Smtp, TextGateway};
pub use http::{Bind, Http};
pub use operations::{Actors, Audit, Log, LogFormat, Share, Telemetry};
pub use otp::Otp;
pub use problem::{Origin, Problem, Problems};
pub use reader::Mode;
pub use secrets::{Secret, Secrets};
pub use sources::Sources;
pub use stores::{Postgres, PostgresUrl, Redis, RedisUrl};
pub use texts::TextLimits;
pub use urls::{GatewayUrl, SmtpSecurity, SmtpUrl, WebOrigin};

use reader::{Effective, Reader};

/// Everything that can be set.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is named by its section, and documented there")]
pub struct Settings {
    pub mode: Mode,
    pub http: Http,
    pub postgres: Postgres,
    pub redis: Redis,
    pub otp: Otp,
    pub accounts: Accounts,
    pub passwords: Passwords,
    pub sessions: Sessions,
    pub login: Login,
    pub smtp: Smtp,
    pub sms: Sms,
    pub secrets: Secrets,
    pub actors: Actors,
    pub audit: Audit,
    pub log: Log,
    pub telemetry: Telemetry,
    effective: Vec<Effective>,
}

impl Settings {
    /// Reads every section.
    ///
    /// # Errors
    /// All that is missing, malformed, unknown, contradictory or, in production, too weak.
    pub fn read(sources: Sources, mode: Mode) -> Result<Self, Problems> {
        let mut reader = Reader::new(sources, mode);
        let r = &mut reader;
        let (http, otp, actors, audit) = (Http::read(r), Otp::read(r), Actors::read(r), Audit::read(r));
        let (log, telemetry) = (Log::read(r), Telemetry::read(r));
        let (accounts, passwords) = (Accounts::read(r), Passwords::read(r));
        let (sessions, login) = (Sessions::read(r), Login::read(r));
        let (postgres, redis) = (Postgres::read(r), Redis::read(r));
        let (smtp, sms, secrets) = (Smtp::read(r), Sms::read(r), Secrets::read(r));
        let (effective, problems) = reader.finish();
        // A section is absent only where its problem was named.
        let (Some(postgres), Some(redis), Some(smtp), Some(sms), Some(secrets)) = (postgres, redis, smtp, sms, secrets)
        else {
            return Err(problems);
        };
        let settings = Self {
            mode,
            http,
            postgres,
            redis,
            otp,
            accounts,
            passwords,
            sessions,
            login,
            smtp,
            sms,
            secrets,
            actors,
            audit,
            log,
            telemetry,
            effective,
        };
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    /// The settings as they hold, as TOML: each with its source, secrets hidden.
    pub fn describe(&self) -> String {
        reader::describe(&self.effective)
    }
}

/// What `chatlink admin` needs: it runs where mail and text messages are not set up.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is named by its section, and documented there")]
pub struct Admin {
    pub postgres: Postgres,
    pub secrets: Secrets,
}

impl Admin {
    /// Reads these sections and nothing else.
    ///
    /// # Errors
    /// All that is missing or malformed in them.
    pub fn read(sources: Sources) -> Result<Self, Problems> {
        let mut reader = Reader::new(sources, Mode::Production);
        let (postgres, secrets) = (Postgres::read(&mut reader), Secrets::read(&mut reader));
        let problems = reader.finish_partially();
        match (postgres, secrets) {
            (Some(postgres), Some(secrets)) if problems.is_empty() => Ok(Self { postgres, secrets }),
            _ => Err(problems),
        }
    }
}

/// What `chatlink admin delete` needs: the actors, too, have to forget.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is named by its section, and documented there")]
pub struct Erasing {
    pub admin: Admin,
    pub redis: Redis,
    pub otp: Otp,
    pub actors: Actors,
}

impl Erasing {
    /// Reads these sections and nothing else.
    ///
    /// # Errors
    /// As [`Admin::read`].
    pub fn read(sources: Sources) -> Result<Self, Problems> {
        let mut reader = Reader::new(sources, Mode::Production);
        let r = &mut reader;
        let (postgres, secrets, redis) = (Postgres::read(r), Secrets::read(r), Redis::read(r));
        let (otp, actors) = (Otp::read(r), Actors::read(r));
        let problems = reader.finish_partially();
        match (postgres, secrets, redis) {
            (Some(postgres), Some(secrets), Some(redis)) if problems.is_empty() => {
                Ok(Self { admin: Admin { postgres, secrets }, redis, otp, actors })
            }
            _ => Err(problems),
        }
    }
}

impl Postgres {
    /// Reads what `migrate` needs and nothing else, so that it can run where the other secrets are not.
    ///
    /// # Errors
    /// The database is not named, or not in the form of a URL.
    pub fn alone(sources: Sources) -> Result<(Self, Log), Problems> {
        let mut reader = Reader::new(sources, Mode::Production);
        let (log, postgres) = (Log::read(&mut reader), Self::read(&mut reader));
        let problems = reader.finish_partially();
        match postgres {
            Some(postgres) if problems.is_empty() => Ok((postgres, log)),
            _ => Err(problems),
        }
    }
}

#[cfg(test)]
mod tests;
