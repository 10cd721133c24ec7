//! `chatlink admin`: what operators do to accounts, and how they are told.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use chatlink::{
    accounts::{
        Unavailable,
        audit::{By, Entry},
        operators::{Operator, Standing},
    },
    app::{self, DeletionError, StartError},
    config::{self, Problems, Sources},
    http::instant::rfc3339,
};
use chatlink_actors::identifier::Identifier;
use clap::{Args, Subcommand};
use nix::unistd::{User, getuid};
use serde_json::json;

pub const HELP: &str = "\
LOGIN is a username, an email address, a phone number in its international form, or the id of an account. Every use is
entered in the audit trail, with the name of the operator. Of the settings, postgres.url and the secrets are needed; by
`delete`, redis.url and otp.*, too.";
const DELETE_HELP: &str = "\
Its sessions, codes under way and audit trail go with it; that there was an account of that id, and when and by whom it
was deleted, is kept until audit.retention has passed. On a terminal, asks for the username of the account.";
const TRAIL_HELP: &str = "\
What is left of the trail of an account that was deleted is found by its id, until audit.retention has passed.";

/// What to do to accounts.
#[derive(Debug, Args)]
pub struct Admin {
    /// Who does it, for the audit trail. [default: the user of the system]
    #[arg(long, global = true, value_name = "NAME", value_parser = operator_name)]
    operator: Option<String>,
    /// Work on the data of a `chatlink dev` that runs with this directory.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    #[command(flatten)]
    Plain(Plain),
    /// Delete an account and everything personal with it, for good.
    #[command(after_help = DELETE_HELP)]
    Delete {
        #[command(flatten)]
        login: Login,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// What needs the accounts alone.
#[derive(Debug, Subcommand)]
enum Plain {
    /// Show an account, its sessions, and failed logins to it.
    Lookup(Login),
    /// End all sessions of an account.
    EndSessions(Login),
    /// Forget the failed logins to an account.
    LiftThrottle(Login),
    /// Lock an account: end its sessions, and let nobody in.
    Lock(Login),
    /// Unlock an account.
    Unlock(Login),
    /// Show what was done to an account, and by whom, the latest first.
    #[command(after_help = TRAIL_HELP)]
    Trail {
        #[command(flatten)]
        login: Login,
        /// Show so many entries, at most.
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
        /// Show them as JSON objects, one a line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct Login {
    /// A username, an email address, a phone number, or the id of an account.
    login: String,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Nobody has that name.
    #[error("there is no such account")]
    NoAccount,
    /// What is not to be done unasked was asked for where nobody answers.
    #[error("nobody can be asked here: say --yes")]
    NobodyToAsk,
    /// Somebody was asked, and thought better of it.
    #[error("not confirmed: nothing was deleted")]
    Declined,
    /// The terminal is away.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The accounts could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The account is still there.
    #[error(transparent)]
    Deletion(#[from] DeletionError),
    /// The database is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Admin {
    /// Does it, and gives what is to be printed.
    pub async fn run(&self, sources: Sources) -> Result<String, AdminError> {
        let name = self.operator.clone().unwrap_or_else(system_user);
        match &self.action {
            Action::Plain(action) => {
                let operator = app::operator(&config::Admin::read(sources)?, name)?;
                action.run(&operator).await?.ok_or(AdminError::NoAccount)
            }
            Action::Delete { login: Login { login }, yes } => {
                let settings = config::Erasing::read(sources)?;
                let operator = app::operator(&settings.admin, name)?;
                delete(&settings, &operator, login, *yes).await
            }
        }
    }
}

async fn delete(
    settings: &config::Erasing,
    operator: &Operator,
    login: &str,
    is_confirmed: bool,
) -> Result<String, AdminError> {
    let user = operator.look_up(login).await?.ok_or(AdminError::NoAccount)?.user;
    if !is_confirmed {
        confirm(&user.username)?;
    }
    let was_there = app::delete(settings, operator, user.id).await?;
    if was_there { Ok(format!("deleted; its id was {}\n", user.id)) } else { Err(AdminError::NoAccount) }
}

/// Asks on the terminal. Whoever deletes an account has to write its name.
fn confirm(username: &str) -> Result<(), AdminError> {
    if !io::stdin().is_terminal() {
        return Err(AdminError::NobodyToAsk);
    }
    eprint!("This deletes the account {username} for good. To confirm, type its username: ");
    let mut typed = String::new();
    io::stdin().read_line(&mut typed)?;
    if typed.trim() == username { Ok(()) } else { Err(AdminError::Declined) }
}

impl Plain {
    /// `None`: there is no such account.
    async fn run(&self, operator: &Operator) -> Result<Option<String>, Unavailable> {
        Ok(match self {
            Self::Lookup(Login { login }) => operator.look_up(login).await?.as_ref().map(standing),
            Self::EndSessions(Login { login }) => {
                operator.end_sessions(login).await?.map(|ended| format!("sessions ended: {ended}\n"))
            }
            Self::LiftThrottle(Login { login }) => {
                operator.lift_throttle(login).await?.map(|addresses| format!("addresses forgiven: {addresses}\n"))
            }
            Self::Lock(Login { login }) => {
                operator.lock(login).await?.map(|was_open| done(was_open, "locked, and its sessions ended", "locked"))
            }
            Self::Unlock(Login { login }) => {
                operator.unlock(login).await?.map(|was_locked| done(was_locked, "unlocked", "open"))
            }
            Self::Trail { login: Login { login }, limit, json } => {
                let trail = operator.trail(login, *limit).await?;
                trail.map(|trail| trail.iter().map(if *json { json_line } else { text_line }).collect())
            }
        })
    }
}

fn done(changed: bool, now: &str, already: &str) -> String {
    if changed { format!("{now}\n") } else { format!("it was {already} already\n") }
}

/// Enough to know an account by. Its addresses are masked: whoever asked for one knows it, and nobody else needs to.
fn standing(Standing { user, locked_at, sessions, throttles }: &Standing) -> String {
    let masked = |address: &Option<String>| {
        let identifier = address.as_ref().and_then(|address| Identifier::parse(address).ok());
        identifier.map_or_else(|| "none".to_owned(), |identifier| identifier.masked())
    };
    let mut text = String::new();
    for (name, value) in [
        ("id", user.id.to_string()),
        ("username", user.username.clone()),
        ("email", masked(&user.email)),
        ("phone", masked(&user.phone)),
        ("created", rfc3339(user.created_at)),
        ("locked", locked_at.map_or_else(|| "no".to_owned(), rfc3339)),
        ("sessions", sessions.to_string()),
    ] {
        let _ = writeln!(text, "{name:<10}{value}");
    }
    for slowed in throttles {
        let until = slowed.until.map(|until| format!(", throttled until {}", rfc3339(until))).unwrap_or_default();
        let (failures, last) = (slowed.failures, rfc3339(slowed.last));
        let _ = writeln!(text, "{:<10}{failures} failed logins from one address, the last at {last}{until}", "guesses");
    }
    text
}

fn text_line(entry: &Entry) -> String {
    let by = match &entry.by {
        By::Client(ip) => format!("from {ip}"),
        By::Operator(name) => format!("by operator {name}"),
    };
    let session = entry.session.map(|id| format!(", session {id}")).unwrap_or_default();
    format!("{:<24}  {:<19}  {by}{session}\n", rfc3339(entry.at), entry.event.name())
}

fn json_line(entry: &Entry) -> String {
    let (ip, operator) = match &entry.by {
        By::Client(ip) => (Some(ip), None),
        By::Operator(name) => (None, Some(name)),
    };
    let line = json!({
        "at": rfc3339(entry.at),
        "event": entry.event.name(),
        "user": entry.user,
        "session": entry.session,
        "ip": ip,
        "operator": operator,
    });
    format!("{line}\n")
}

fn operator_name(text: &str) -> Result<String, &'static str> {
    const LONGEST: usize = 100;
    let name = text.trim();
    let fits = (1..=LONGEST).contains(&name.chars().count()) && !name.contains(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err("a name of 1 to 100 characters is expected") }
}

/// Who runs the program. Whoever became root by `sudo` is still themselves.
fn system_user() -> String {
    let uid = getuid();
    let behind = std::env::var("SUDO_USER").ok().filter(|_| uid.is_root()).and_then(|name| operator_name(&name).ok());
    let named = || User::from_uid(uid).ok().flatten().map(|user| user.name);
    behind.or_else(named).unwrap_or_else(|| format!("uid {uid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_have_names_that_fit_a_line() {
        assert_eq!(operator_name(" Ann Lee "), Ok("Ann Lee".to_owned()));
        for name in ["", "  ", "ann\nlee", "ann\u{1b}[31m", &"x".repeat(101)] {
            assert!(operator_name(name).is_err(), "{name:?}");
        }
    }
}
