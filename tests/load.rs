//! The load tool against a real server: what its scenarios expect is what the server does.

use std::{sync::Arc, time::Duration};

use chatlink_load::{
    client::Target,
    engine::{Log, Plan, Running, Work as _},
    scenarios::{Needs, Play, Scenario, Settings, Stage, prepare},
    sinks::{Codes, Mailbox},
};
use clap::ValueEnum as _;

use crate::support::{PATIENCE, Server};

async fn stage(server: &Server, needs: Needs) -> Arc<Stage> {
    let target = Arc::new(Target::parse(&server.url).unwrap());
    let codes = Codes::new(Some(Mailbox::new(Arc::clone(&target), PATIENCE)), PATIENCE);
    let settings = Settings { patience: PATIENCE, phones: 0.5, seed: 1 };
    let stage = Arc::new(Stage::new(target, codes, settings));
    prepare(&stage, needs, |_| {}).await.unwrap();
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_of_every_scenario_gets_the_answers_that_it_expects() {
    let few = [("otp.registration.free_resends", "2"), ("otp.registration.max_resends", "2")];
    let server = Server::with(&few).await;
    let stage = stage(&server, Needs { accounts: 1, sessions: 1, sockets: 1 }).await;
    for &scenario in Scenario::value_variants() {
        let play = Play { scenario, stage: Arc::clone(&stage) };
        let mut visitor = play.user(1);
        let outcome = play.visit(&mut visitor, &mut Log::discarding()).await;
        assert_eq!(outcome, Ok(()), "{scenario:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_counts_what_the_server_answered() {
    let server = Server::start().await;
    let stage = stage(&server, Needs { accounts: 2, ..Needs::default() }).await;
    let plan = Plan { threads: 2, ..Plan::closed(2, Duration::from_millis(200)) };
    let running = Running::start(&plan, Play { scenario: Scenario::Me, stage }).unwrap();
    let outcome = tokio::task::spawn_blocking(|| running.outcome()).await.unwrap();
    let me = &outcome.steps["me"];
    assert_eq!((me.failed(), outcome.visits.failed()), (0, 0), "{:?}", me.errors);
    assert!(me.count() > 0 && outcome.visits.count() == me.count());
}
