//! The four operations, and how users do them again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    ATTEMPTS, CompareError,
    candidate::Candidate,
    dialects::{Dialect, PASSWORD},
};
use crate::{
    client::{Connection, Failure, Target},
    engine::{Log, Work},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    AskForCode,
    WrongCode,
    LogIn,
    WhoAmI,
}

impl Operation {
    pub const ALL: [Self; 4] = [Self::AskForCode, Self::WrongCode, Self::LogIn, Self::WhoAmI];

    pub fn name(self) -> &'static str {
        match self {
            Self::AskForCode => "request a code",
            Self::WrongCode => "a wrong code",
            Self::LogIn => "password login",
            Self::WhoAmI => "who am I",
        }
    }
}

/// Users doing one operation at one candidate.
#[derive(Debug)]
pub struct Drive {
    operation: Operation,
    dialect: Arc<dyn Dialect>,
    target: Arc<Target>,
    accounts: Arc<Vec<String>>,
    /// What each user has before it begins: who am I, the credential of a session; wrong codes, what to try them at.
    held: Vec<String>,
    /// Makes addresses that nobody has had before.
    strangers: Arc<AtomicU64>,
}

/// One user.
#[derive(Debug)]
pub struct User {
    connection: Connection,
    number: usize,
    turn: usize,
    held: String,
    wrong_codes: u32,
}

impl Drive {
    /// Has all users ready.
    ///
    /// # Errors
    /// One of them could not be readied.
    pub async fn prepare(
        candidate: &Candidate,
        operation: Operation,
        users: usize,
        strangers: &Arc<AtomicU64>,
    ) -> Result<Self, CompareError> {
        let mut drive = Self {
            operation,
            dialect: Arc::clone(&candidate.dialect),
            target: Arc::clone(&candidate.target),
            accounts: Arc::clone(&candidate.accounts),
            held: vec![String::new(); users],
            strangers: Arc::clone(strangers),
        };
        let mut connection = candidate.connect();
        let mut held = Vec::with_capacity(users);
        for number in 0..users {
            let readied = drive.ready(&mut connection, number).await;
            held.push(readied.map_err(|failure| candidate.failed("getting ready", failure))?);
        }
        drive.held = held;
        Ok(drive)
    }

    async fn ready(&self, connection: &mut Connection, number: usize) -> Result<String, Failure> {
        match self.operation {
            Operation::AskForCode | Operation::LogIn => Ok(String::new()),
            Operation::WrongCode => self.ask(connection, number, 0).await,
            Operation::WhoAmI => {
                let login = self.dialect.log_in(self.account(number, 0), PASSWORD).make(connection).await?;
                self.dialect.credential(&login)
            }
        }
    }

    /// Asks for a code, and says what to try one at.
    async fn ask(&self, connection: &mut Connection, number: usize, turn: usize) -> Result<String, Failure> {
        let email = self.address(number, turn);
        let answer = self.dialect.ask_for_code(&email).make(connection).await?;
        self.dialect.asked(&email, &answer)
    }

    /// Each user goes through accounts of its own.
    fn account(&self, number: usize, turn: usize) -> &str {
        let index = (number + turn * self.held.len()) % self.accounts.len().max(1);
        self.accounts.get(index).map_or("", String::as_str)
    }

    fn address(&self, number: usize, turn: usize) -> String {
        if self.dialect.asks_as_known() {
            return self.account(number, turn).to_owned();
        }
        format!("s{}@example.org", self.strangers.fetch_add(1, Ordering::Relaxed))
    }
}

impl Work for Drive {
    type User = User;

    fn user(&self, number: usize) -> User {
        let connection = Connection::new(Arc::clone(&self.target), PATIENCE);
        User { connection, number, turn: 0, held: self.held.get(number).cloned().unwrap_or_default(), wrong_codes: 0 }
    }

    async fn visit(&self, user: &mut User, log: &mut Log) -> Result<(), Failure> {
        let User { connection, number, turn, held, wrong_codes } = user;
        let dialect = &self.dialect;
        let exchange = match self.operation {
            Operation::AskForCode => dialect.ask_for_code(&self.address(*number, *turn)),
            Operation::WrongCode => {
                if *wrong_codes + 1 == ATTEMPTS {
                    // Once in so many, and not part of what is recorded.
                    *held = self.ask(connection, *number, *turn).await?;
                    *wrong_codes = 0;
                }
                *wrong_codes += 1;
                dialect.wrong_code(held)
            }
            Operation::LogIn => dialect.log_in(self.account(*number, *turn), PASSWORD),
            Operation::WhoAmI => dialect.who_am_i(held, self.account(*number, 0)),
        };
        *turn += 1;
        log.step(self.operation.name(), exchange.make(connection)).await?;
        Ok(())
    }
}
