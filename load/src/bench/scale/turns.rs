//! The same operation on both sides in turn.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{Scale, Side};
use crate::{
    bench::{BenchError, footprint::Finding, results::median},
    client::Request,
    engine::{Plan, Repeat, Running},
};

/// The share of the small side's rate that the large one has to reach. What is missing to 1 is the machine's noise.
const LEAST: f64 = 0.8;
/// What comes before each turn and does not count.
pub const WARM_UP: Duration = Duration::from_millis(300);

/// What is asked of one side, by the number of the connection and of its turn.
pub type Ask = Arc<dyn Fn(usize, u64) -> Request + Send + Sync>;

/// An operation, as it is asked of either side.
pub struct Operation {
    pub what: &'static str,
    pub status: u16,
    pub small: Ask,
    pub large: Ask,
    pub note: &'static str,
}

#[derive(Default)]
struct Results {
    rates: Vec<f64>,
    /// Microseconds of the server's processor for one of them.
    costs: Vec<f64>,
    errors: BTreeMap<String, u64>,
}

impl Scale {
    /// Lets the sides do it in turn, and compares.
    pub(super) async fn compare(&self, small: &Side, large: &Side, of: Operation) -> Result<Finding, BenchError> {
        eprintln!("comparing: {}", of.what);
        let (mut few, mut many) = (Results::default(), Results::default());
        for _ in 0..self.rounds {
            few.add(self.turn_of(small, &of.small, of.status).await?);
            many.add(self.turn_of(large, &of.large, of.status).await?);
        }
        let ratios: Vec<_> = many.rates.iter().zip(&few.rates).map(|(many, few)| many / few).collect();
        let (ratio, rates) = (median(&ratios), [median(&few.rates), median(&many.rates)]);
        let [few_rate, many_rate] = rates;
        let mut note =
            format!("{}; server's CPU for one: {:.0} → {:.0} µs", of.note, median(&few.costs), median(&many.costs));
        let errors: BTreeMap<_, _> = few.errors.into_iter().chain(many.errors).collect();
        for (error, count) in &errors {
            _ = write!(note, "; {count} × {error}");
        }
        let finding = Finding::new(of.what, format!("{few_rate:.0} → {many_rate:.0} /s (× {ratio:.2})"));
        Ok(finding.target(format!("× {LEAST} at least"), ratio >= LEAST && errors.is_empty()).note(note))
    }

    async fn turn_of(&self, side: &Side, ask: &Ask, status: u16) -> Result<Results, BenchError> {
        let plan = Plan { warm_up: WARM_UP, ..Plan::closed(self.connections, self.turn()) };
        let asked = Arc::new(AtomicU32::new(0));
        let (target, ask, counter) = (Arc::clone(&side.node.drive.target), Arc::clone(ask), Arc::clone(&asked));
        let request = move |user, turn| {
            counter.fetch_add(1, Ordering::Relaxed);
            ask(user, turn)
        };
        let before = side.node.server.usage()?.cpu;
        let work = Repeat::new(target, "request", status, request);
        let run = move || Ok::<_, io::Error>(Running::start(&plan, work)?.outcome());
        let outcome = tokio::task::spawn_blocking(run).await.map_err(io::Error::other)??;
        let cpu = side.node.server.usage()?.cpu.saturating_sub(before);
        let requests = outcome.requests();
        let cost = cpu.as_secs_f64() * 1e6 / f64::from(asked.load(Ordering::Relaxed));
        let errors = requests.errors.iter().map(|(what, count)| (format!("{}: {what}", side.name()), *count)).collect();
        Ok(Results { rates: vec![outcome.rate(&requests)], costs: vec![cost], errors })
    }
}

impl Results {
    fn add(&mut self, turn: Self) {
        self.rates.extend(turn.rates);
        self.costs.extend(turn.costs);
        for (what, count) in turn.errors {
            *self.errors.entry(what).or_default() += count;
        }
    }
}
