//! The command line.

pub mod admin;

use std::path::PathBuf;

use chatlink::{adapters::system::SystemClock, config::Sources};
use chatlink_actors::ports::Clock as _;
use clap::{Args, Parser, Subcommand};

const ABOUT: &str = "ChatLink connects people who want to learn each other's languages.";
const SETTINGS_HELP: &str = "\
Settings come from a file (--config, else chatlink.toml in the working directory where it exists), overridden by
environment variables (CHATLINK__SECTION__KEY, lists comma-separated), overridden by flags (--set section.key=value).
Everything that is wrong with them is named at once.

Exit codes: 0; 2 where the usage or the settings are wrong; 1 for all other failures.";
const SERVE_HELP: &str = "\
Refuses to start while a setting is missing, weak or contradictory. SIGTERM and SIGINT let the requests in flight
finish; a second one ends the process at once. Run `chatlink migrate` before a new version is started.";
const MIGRATE_HELP: &str = "\
Applies the migrations that the database of postgres.url lacks, in order, each in a transaction, and does nothing where
none is missing. Of the settings, it needs postgres.url alone.";
const DEV_HELP: &str = "\
Starts a private Postgres and a private Redis on unix sockets, so that no port is taken, applies the migrations, makes up
the secrets, shows mails and texts on a page instead of sending them, and stops everything when it ends, however that
happens. As root, the services run as an unprivileged user. Where postgres.url or redis.url is set, that one is used.";
const CHECK_HELP: &str = "\
Reads the settings as `serve` does. Prints them as TOML, each with its source, passwords and secrets hidden; or, where
they cannot be used, what is wrong with them.";

/// What was typed.
#[derive(Debug, Parser)]
#[command(name = "chatlink", version, about = ABOUT, after_help = SETTINGS_HELP)]
pub struct Cli {
    #[command(flatten)]
    settings: SettingArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
struct SettingArgs {
    /// Read settings from this file.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set a setting, such as `otp.registration.ttl=2m`. Not for secrets: others can see it.
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server, for the world.
    #[command(after_help = SERVE_HELP)]
    Serve(Listen),
    /// Bring the database up to date.
    #[command(after_help = MIGRATE_HELP)]
    Migrate,
    /// Run the server, for a developer, with all that it needs.
    #[command(after_help = DEV_HELP)]
    Dev {
        /// Where data and secrets are kept.
        #[arg(long, value_name = "DIR", default_value = ".chatlink")]
        data_dir: PathBuf,
        #[command(flatten)]
        listen: Listen,
    },
    /// Print the settings as they hold.
    #[command(after_help = CHECK_HELP)]
    Check,
    /// Look after accounts.
    #[command(after_help = admin::HELP)]
    Admin(admin::Admin),
    /// Print the OpenAPI document.
    Openapi,
}

#[derive(Debug, Args)]
pub struct Listen {
    /// Where clients connect, such as `0.0.0.0:8080`; port 0 for any that is free. The same as http.bind.
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
}

impl Cli {
    /// All layers of settings.
    pub fn sources(&self) -> Sources {
        let bind = match &self.command {
            Command::Serve(listen) | Command::Dev { listen, .. } => listen.bind.clone(),
            Command::Migrate | Command::Check | Command::Admin(_) | Command::Openapi => None,
        };
        Sources::new()
            .at(SystemClock.now())
            .file(self.settings.config.as_deref())
            .environment(std::env::vars_os())
            .flags("--set", self.settings.set.clone())
            .flags("--bind", bind.map(|address| ("http.bind".to_owned(), address)))
    }
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("KEY=VALUE is expected")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
