//! Codes on their whole way: asked for, accepted, taken off the outbox, rendered, and taken by a mail server.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::sleep;

use super::super::{
    BenchError,
    clock::now,
    floors::Helper,
    lab::{Lab, start},
    results::Row,
};
use crate::engine::{Arrivals, Outcome, Plan, Repeat, Running};

const WARM_UP: Duration = Duration::from_secs(3);
/// A backlog that grows slowly shows over no less.
const LEAST: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(100);
/// What may be under way more at the end than at the beginning, of all that was delivered.
const SLACK: f64 = 0.01;

/// How far things are.
#[derive(Clone, Copy, Default)]
struct Stand {
    at: f64,
    accepted: f64,
    delivered: f64,
}

impl Stand {
    fn backlog(&self) -> f64 {
        self.accepted - self.delivered
    }
}

/// Starts registrations at a steady rate, and counts what a mail server takes.
pub async fn delivery(lab: &Lab) -> Result<Row, BenchError> {
    let mut sink = Helper::start(&["mail".to_owned()])?;
    let address = sink.hear().await?;
    let server = lab.server(|launch| launch.smtp(address)).await?;
    let taken = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&taken);
    let listening = tokio::spawn(async move {
        while let Ok(count) = sink.hear::<u64>().await {
            counter.store(count, Ordering::Relaxed);
        }
    });
    let wanted = lab.options.deliveries;
    // A little more than is wanted, since what is offered at random is a little less at times.
    let time = (lab.options.seconds() * lab.options.rounds).max(LEAST);
    let plan = Plan { warm_up: WARM_UP, ..Plan::open(wanted * 1.02, Arrivals::Constant, time) };
    let people = lab.people();
    let work = Repeat::new(Arc::clone(&server.target), "start", 202, move |_, _| start(&people()));
    let running = Running::start(&plan, work)?;
    let (stands, outcome) = watch(running, &taken).await?;
    let row = judge(wanted, &stands, &outcome);
    server.process.kill().await?;
    listening.abort();
    Ok(row)
}

/// Looks again and again until it is over.
async fn watch(running: Running, taken: &AtomicU64) -> Result<(Vec<Stand>, Outcome), BenchError> {
    let (began, mut accepted, mut stands) = (now(), 0, Vec::new());
    while !running.is_finished() {
        sleep(GLANCE).await;
        accepted += running.sample().visits;
        let at = began.elapsed().as_secs_f64();
        stands.push(Stand { at, accepted: float(accepted), delivered: float(taken.load(Ordering::Relaxed)) });
    }
    let outcome = tokio::task::spawn_blocking(move || running.outcome()).await.map_err(io::Error::other)?;
    Ok((stands, outcome))
}

fn judge(wanted: f64, stands: &[Stand], outcome: &Outcome) -> Row {
    let mut row = Row::new("OTP start to accepted by SMTP", "none: starts come at a steady rate");
    row.outcome(outcome);
    let from = stands.iter().find(|stand| stand.at >= WARM_UP.as_secs_f64()).copied().unwrap_or_default();
    let until = stands.last().copied().unwrap_or_default();
    let delivered = until.delivered - from.delivered;
    let rate = delivered / (until.at - from.at);
    row.rates = vec![rate];
    row.check(format!("≥ {wanted:.0}/s"), rate >= wanted);
    let growth = until.backlog() - from.backlog();
    row.check("the backlog does not grow".into(), growth <= delivered * SLACK);
    row.note(format!(
        "over {:.0} s, {:.0} started a second, {rate:.0} delivered; under way {:.0} at the beginning, {:.0} at the end",
        until.at - from.at,
        (until.accepted - from.accepted) / (until.at - from.at),
        from.backlog(),
        until.backlog(),
    ));
    row
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "no count comes near 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}
