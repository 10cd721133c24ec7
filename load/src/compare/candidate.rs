//! Whoever is compared, running: its program, how it is spoken to, where its mail goes, who has an account with it.

use std::{io, path::Path, sync::Arc, time::Duration};

use tokio_postgres::{NoTls, Row, types::ToSql};

use super::{
    ATTEMPTS, CompareError,
    dialects::{Allauth, BetterAuth, ChatLink, Dialect},
    drive::Operation,
    processes::{Usage, descended_from},
    rivals::{ALLAUTH, ARGON2, BETTER_AUTH, BETTER_AUTH_CACHED, Place, Recipe, Rival},
    sink::Sink,
};
use crate::{
    client::{Connection, Failure, Target},
    stack::{Launch, Server, Stack},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A candidate.
#[derive(Debug)]
pub struct Candidate {
    pub name: &'static str,
    /// What is measured of it.
    pub operations: &'static [Operation],
    pub dialect: Arc<dyn Dialect>,
    pub target: Arc<Target>,
    pub sink: Sink,
    /// The addresses of those who have an account.
    pub accounts: Arc<Vec<String>>,
    /// Whether a session lives on for a while after it was ended.
    pub forgets_late: bool,
    program: Program,
    database: String,
}

#[derive(Debug)]
enum Program {
    ChatLink(Server),
    Rival(Rival),
}

/// A candidate that is not running yet.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub name: &'static str,
    operations: &'static [Operation],
    forgets_late: bool,
    recipe: Option<Recipe>,
    dialect: fn() -> Arc<dyn Dialect>,
}

/// All of them, ChatLink first.
pub const ENTRIES: [Entry; 4] = [
    Entry::new("ChatLink", None, || Arc::new(ChatLink)),
    Entry::new("django-allauth", Some(ALLAUTH), || Arc::new(Allauth)),
    Entry::new("better-auth", Some(BETTER_AUTH), || Arc::new(BetterAuth)),
    Entry {
        operations: &[Operation::WhoAmI],
        forgets_late: true,
        ..Entry::new("better-auth, cookie cache", Some(BETTER_AUTH_CACHED), || Arc::new(BetterAuth))
    },
];

impl Entry {
    const fn new(name: &'static str, recipe: Option<Recipe>, dialect: fn() -> Arc<dyn Dialect>) -> Self {
        Self { name, operations: &Operation::ALL, forgets_late: false, recipe, dialect }
    }

    /// Starts it.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn start(
        self,
        stack: &Stack,
        place: &Place,
        launch: &Launch,
        logs: &Path,
    ) -> Result<Candidate, CompareError> {
        let sink = Sink::start().await?;
        let Self { name, operations, forgets_late, recipe, dialect } = self;
        let (program, target, database) = match recipe {
            None => {
                let launch =
                    launch.clone().smtp(sink.address).set("otp.registration.max_attempts", ATTEMPTS.to_string());
                let server = stack.serve(&launch).await?;
                let target = Arc::new(Target::at(server.address)?);
                (Program::ChatLink(server), target, stack.postgres_url().to_owned())
            }
            Some(recipe) => {
                let database = create(stack.postgres_url(), recipe.database).await?;
                let rival = Rival::start(&recipe, place, &sink, logs).await?;
                let target = Arc::clone(&rival.target);
                (Program::Rival(rival), target, database)
            }
        };
        let (dialect, accounts) = (dialect(), Arc::default());
        Ok(Candidate { name, operations, dialect, target, sink, accounts, forgets_late, program, database })
    }
}

impl Candidate {
    /// A connection to it.
    pub fn connect(&self) -> Connection {
        Connection::new(Arc::clone(&self.target), PATIENCE)
    }

    /// Something that went wrong with it.
    pub fn failed(&self, what: &'static str, failure: Failure) -> CompareError {
        let log = match &self.program {
            Program::ChatLink(_) => String::new(),
            Program::Rival(rival) => rival.log(),
        };
        CompareError::Candidate { name: self.name, what, failure, log }
    }

    /// Signs up so many people.
    ///
    /// # Errors
    /// One of them could not be signed up.
    pub async fn fill(&mut self, people: usize) -> Result<(), CompareError> {
        let mut connection = self.connect();
        let run = self.target.address().port();
        let accounts: Vec<String> = (0..people).map(|number| format!("p{run}.{number}@example.org")).collect();
        for email in &accounts {
            let signed_up = self.dialect.sign_up(&mut connection, &self.sink, email).await;
            signed_up.map_err(|failure| self.failed("signing up", failure))?;
        }
        self.accounts = Arc::new(accounts);
        Ok(())
    }

    /// How many of its accounts have a password that is hashed by the parameters that all share.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn hashes(&self) -> Result<i64, CompareError> {
        let [(_, memory), (_, iterations), (_, parallelism)] = ARGON2;
        let begins = format!("$argon2id$v=19$m={memory},t={iterations},p={parallelism}$");
        let row = query(&self.database, self.dialect.count_hashes(), &[&begins]).await?;
        Ok(row.and_then(|row| row.try_get(0).ok()).unwrap_or(0))
    }

    /// What it has used and holds.
    ///
    /// # Errors
    /// The system does not say.
    pub fn usage(&self) -> io::Result<Usage> {
        descended_from(match &self.program {
            Program::ChatLink(server) => server.pid,
            Program::Rival(rival) => rival.pid,
        })
    }

    /// Stops it.
    ///
    /// # Errors
    /// It does not stop in order.
    pub async fn stop(self) -> Result<(), CompareError> {
        match self.program {
            Program::ChatLink(server) => server.stop().await?,
            Program::Rival(rival) => rival.stop().await?,
        }
        Ok(())
    }
}

/// Makes a database on that server unless it is there, and says how it is reached.
async fn create(server: &str, name: &str) -> Result<String, CompareError> {
    if query(server, "SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await?.is_none() {
        query(server, &format!("CREATE DATABASE {name}"), &[]).await?;
    }
    let (server, _) = server.rsplit_once('/').ok_or(CompareError::Absent("the name of the database"))?;
    Ok(format!("{server}/{name}"))
}

/// The first row of an answer, on a connection of its own.
async fn query(database: &str, text: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, CompareError> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
    tokio::select! {
        rows = client.query(text, parameters) => Ok(rows?.into_iter().next()),
        ended = connection => match ended {
            Ok(()) => Err(CompareError::Absent("the connection to Postgres")),
            Err(error) => Err(error.into()),
        },
    }
}
