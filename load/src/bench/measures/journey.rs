//! Registering from end to end, with a password: which takes one hash, so hashing is what bounds it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use super::super::{BenchError, floors, lab::Lab, results::Row};
use crate::{
    client::{Api, Connection, Failure, Flow, Person, Target},
    engine::{Log, Work},
    sinks::Codes,
};

const PATIENCE: Duration = Duration::from_secs(10);
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

struct Journeys {
    target: Arc<Target>,
    codes: Codes,
    somebody: Box<dyn Fn() -> String + Send + Sync>,
}

impl Work for Journeys {
    type User = Api;

    fn user(&self, _: usize) -> Api {
        Api::new(Connection::new(Arc::clone(&self.target), PATIENCE))
    }

    async fn visit(&self, api: &mut Api, log: &mut Log) -> Result<(), Failure> {
        let identifier = (self.somebody)();
        let username = identifier.split('@').next().unwrap_or_default().to_owned();
        let person = Person { identifier, username, password: "seven-violet-kettles-91".into() };
        let session = log.step("start", api.start(Flow::Registration, &person.identifier)).await?;
        let code = log.wait("delivery", self.codes.code(&person.identifier)).await?;
        let token = log.step("verify", api.verify(Flow::Registration, &session.id, &code)).await?;
        log.step("complete", api.register(&session.id, &token, &person)).await?;
        Ok(())
    }
}

/// Start, code out of a mail, verify, complete.
pub async fn journey(lab: &Lab) -> Result<Row, BenchError> {
    let mut codes = Codes::new(None, PATIENCE);
    let address = codes.take_mails(ANY_PORT).await?;
    let server = lab.server(|launch| launch.smtp(address)).await?;
    let mut row = Row::new("registration", "Argon2id with the same parameters on all cores, without a server");
    for _ in 0..lab.options.rounds {
        row.floor_rates.push(floors::hash(lab.options.turn()).await?.rate);
        let (target, somebody) = (Arc::clone(&server.target), Box::new(lab.people()));
        let turn = lab.options.load(Journeys { target, codes: codes.clone(), somebody }).await?;
        row.visits(&turn.outcome);
    }
    row.expect_ratio(0.90);
    row.note(
        "a registration is four steps: start, the code out of a mail, verify, complete; times are of all four".into(),
    );
    server.process.kill().await?;
    Ok(row)
}
