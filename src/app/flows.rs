//! The OTP flows of this process, each with its actors: started alike, told of changes and reports alike, ended
//! together. What one flow knows is kept apart from the others by its namespace and its keys.

use std::sync::Arc;

use chatlink_actors::{
    identifier::ActorKey,
    otp::{Command, IdentifierChange, Keyring, Otp, PasswordReset, Policy, Purpose, Registration},
    ports::{BoxFuture, Version},
    shell::{self, Arbiters, Router, SendError},
};
use tokio::sync::watch;

use super::{Ended, Surroundings};
use crate::{
    adapters::redis::{Change, Changes, Redis},
    config::{self, Settings},
    courier::{
        self,
        ports::{ReportError, Reports},
        reference::{Flow, Receipt},
    },
};

/// Where the actors of each flow are kept. Stored data depends on these names.
const REGISTRATIONS: &str = "otp:registration";
const PASSWORD_RESETS: &str = "otp:password-reset";
const IDENTIFIER_CHANGES: &str = "otp:identifier-change";

/// The settings that flows go by.
#[derive(Clone, Copy)]
pub(super) struct FlowSettings<'a> {
    pub otp: &'a config::Otp,
    pub secrets: &'a config::Secrets,
    pub actors: &'a config::Actors,
}

impl<'a> From<&'a Settings> for FlowSettings<'a> {
    fn from(Settings { otp, secrets, actors, .. }: &'a Settings) -> Self {
        Self { otp, secrets, actors }
    }
}

/// The actors of all flows. Cheap to clone.
#[derive(Clone)]
pub(super) struct Flows {
    pub registrations: Router<Otp<Registration>>,
    pub password_resets: Router<Otp<PasswordReset>>,
    pub identifier_changes: Router<Otp<IdentifierChange>>,
}

impl Flows {
    pub(super) fn start(
        settings: FlowSettings<'_>,
        arbiters: &Arbiters,
        redis: &Redis,
        surroundings: &Surroundings,
    ) -> Self {
        let ground = Ground { settings, arbiters, redis, surroundings };
        let otp = settings.otp;
        if !otp.test_identifiers.is_empty() {
            tracing::warn!(count = otp.test_identifiers.len(), "test identifiers have codes that are known beforehand");
        }
        Self {
            registrations: ground.start(REGISTRATIONS, &otp.registration),
            password_resets: ground.start(PASSWORD_RESETS, &otp.password_reset),
            identifier_changes: ground.start(IDENTIFIER_CHANGES, &otp.identifier_change),
        }
    }

    /// The rules of all of them.
    pub(super) fn rules(&self) -> courier::Rules {
        courier::Rules {
            registrations: Arc::clone(self.registrations.machine()),
            password_resets: Arc::clone(self.password_resets.machine()),
            identifier_changes: Arc::clone(self.identifier_changes.machine()),
        }
    }

    /// Tells an actor what became of a message.
    pub(super) async fn tell(&self, Receipt { reference, outcome }: Receipt) -> Result<(), SendError> {
        let (key, message) = (reference.key, reference.message);
        // A refusal says that the session is forgotten, or has sent a newer message: nobody waits for this one.
        match reference.flow {
            Flow::Registration => self.registrations.send(key, Command::Report { message, outcome }).await.map(drop),
            Flow::PasswordReset => self.password_resets.send(key, Command::Report { message, outcome }).await.map(drop),
            Flow::IdentifierChange => {
                self.identifier_changes.send(key, Command::Report { message, outcome }).await.map(drop)
            }
        }
    }

    /// How many actors each flow has in memory, by its name.
    pub(super) fn live(&self) -> Vec<(&'static str, usize)> {
        vec![
            (Registration::NAME, self.registrations.live()),
            (PasswordReset::NAME, self.password_resets.live()),
            (IdentifierChange::NAME, self.identifier_changes.live()),
        ]
    }

    /// Ends all of them, as [`Router::shutdown`] does.
    pub(super) async fn shutdown(&self) {
        tokio::join!(
            self.registrations.shutdown(),
            self.password_resets.shutdown(),
            self.identifier_changes.shutdown()
        );
    }

    fn changed(&self, namespace: &str, key: ActorKey, version: Version) {
        match namespace {
            REGISTRATIONS => self.registrations.changed(key, version),
            PASSWORD_RESETS => self.password_resets.changed(key, version),
            IDENTIFIER_CHANGES => self.identifier_changes.changed(key, version),
            // Of a kind of entity that a newer version of the program knows.
            _ => {}
        }
    }

    fn resync(&self) {
        self.registrations.resync();
        self.password_resets.resync();
        self.identifier_changes.resync();
    }
}

impl Reports for Flows {
    fn report(&self, receipt: Receipt) -> BoxFuture<'_, Result<(), ReportError>> {
        Box::pin(async move { self.tell(receipt).await.map_err(|error| ReportError(error.to_string())) })
    }
}

/// What the actors of every flow stand on.
struct Ground<'a> {
    settings: FlowSettings<'a>,
    arbiters: &'a Arbiters,
    redis: &'a Redis,
    surroundings: &'a Surroundings,
}

impl Ground<'_> {
    fn start<P: Purpose>(&self, namespace: &str, policy: &Policy) -> Router<Otp<P>> {
        let (settings, surroundings) = (self.settings, self.surroundings);
        let secrets = settings.secrets;
        let older: Vec<&str> = secrets.older.iter().map(config::Secret::expose).collect();
        let keyring = Keyring::derive(secrets.newest.expose().as_bytes(), &older);
        let machine = Otp::new(policy.clone(), settings.otp.limits, keyring)
            .with_test_identifiers(settings.otp.test_identifiers.clone());
        let ports = shell::Ports {
            store: self.redis.stores(namespace),
            clock: Arc::clone(&surroundings.clock),
            entropy: Arc::clone(&surroundings.entropy),
        };
        let shell_settings = shell::Settings { max_live: settings.actors.max_live, ..shell::Settings::default() };
        Router::start(self.arbiters, Arc::new(machine), ports, shell_settings)
    }
}

/// Passes on what other nodes changed, until told to stop.
pub(super) async fn relay_changes(mut changes: Changes, flows: Flows, mut stop: watch::Receiver<bool>) -> Ended {
    loop {
        tokio::select! {
            change = changes.step() => match change {
                Change::Written { namespace, key, version } => flows.changed(&namespace, key, version),
                Change::Gap => flows.resync(),
            },
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}
