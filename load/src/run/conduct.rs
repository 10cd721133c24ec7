//! A run from its beginning to its report.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{
    Options,
    sources::{Sources, sources},
    write,
};
use crate::{
    engine::{Load, Outcome, Plan, Running},
    report::{Live, Moment, Report, Spent, Timeline, table},
    scenarios::{Needs, Play, Settings, Stage, prepare},
    scrape::{Metrics, Scraper},
};

/// How often the run is looked at.
const SECOND: Duration = Duration::from_secs(1);
/// Mostly mail, some texts.
const USUAL_PHONES: f64 = 0.2;

/// Whoever wants it to end before time.
struct Interrupts {
    keyboard: Signal,
    terminate: Signal,
}

impl Interrupts {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { keyboard: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.keyboard.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Runs it, and says whether all thresholds were kept to.
///
/// # Errors
/// In words, why it could not be run.
pub async fn conduct(options: Options) -> Result<bool, String> {
    let mut interrupts = Interrupts::listen().map_err(|error| error.to_string())?;
    let mut sources = tokio::select! {
        sources = sources(&options) => sources?,
        () = interrupts.next() => return Err("interrupted".into()),
    };
    let own = sources.own.take();
    let passed = with_server(&options, sources, &mut interrupts).await;
    if let Some(own) = own {
        own.stop().await;
    }
    passed
}

async fn with_server(options: &Options, sources: Sources, interrupts: &mut Interrupts) -> Result<bool, String> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let plan = options.plan(seed);
    let phones = options.phones.unwrap_or(if sources.texts { USUAL_PHONES } else { 0.0 });
    let settings = Settings { patience: options.timeout, phones, seed };
    let stage = Arc::new(Stage::new(Arc::clone(&sources.target), sources.codes.clone(), settings));
    let needs = Needs::of(options.scenario, options.accounts, options.all_sessions());
    tokio::select! {
        prepared = set_stage(&stage, needs) => prepared?,
        () = interrupts.next() => return Err("interrupted before anything was measured".into()),
    }

    let began_at = write::now();
    let mut watch = Watch::new(&plan, sources.metrics_url.as_deref(), options.timeout)?;
    let work = Play { scenario: options.scenario, stage };
    let running = Running::start(&plan, work).map_err(|error| error.to_string())?;
    let stopped_early = watch.until_end(&running, interrupts).await;
    // All threads have ended, or are about to.
    let outcome = tokio::task::spawn_blocking(|| running.outcome()).await.map_err(|error| error.to_string())?;

    let mut report = watch.report(options, &plan, &outcome);
    report.url = sources.target.url().to_string();
    report.began_at = began_at;
    report.stopped_early = stopped_early;
    report.seed = seed;
    report.judge(&options.all_thresholds(), &outcome);
    write::print(&table(&report));
    for file in write::files(options, &report).map_err(|error| format!("the report cannot be written: {error}"))? {
        write::print(&format!("{}\n", file.display()));
    }
    Ok(report.passed())
}

async fn set_stage(stage: &Arc<Stage>, needs: Needs) -> Result<(), String> {
    if needs.total() == 0 {
        return Ok(());
    }
    let mut live = Live::new(u64::try_from(needs.total()).unwrap_or(u64::MAX), String::new());
    let prepared = prepare(stage, needs, |count| live.prepared(count)).await;
    live.finish();
    prepared.map_err(|why| format!("what the scenario needs could not be prepared: {why}"))
}

/// Looks at a run each second.
struct Watch {
    lead_in: f64,
    end: f64,
    timeline: Timeline,
    live: Live,
    scraper: Option<Scraper>,
    /// What went wrong so far, measured or not.
    errors: BTreeMap<String, u64>,
    /// The server when the measurement began, and at the last look, each with the time.
    first: Option<(f64, Metrics)>,
    last: Option<(f64, Metrics)>,
}

impl Watch {
    fn new(plan: &Plan, metrics_url: Option<&str>, patience: Duration) -> Result<Self, String> {
        let scraper = metrics_url.map(|url| Scraper::new(url, patience)).transpose();
        let target = match plan.load {
            Load::Open { rate, .. } => format!(" of {rate}"),
            Load::Closed { .. } => String::new(),
        };
        Ok(Self {
            lead_in: plan.lead_in().as_secs_f64(),
            end: (plan.lead_in() + plan.duration).as_secs_f64(),
            timeline: Timeline::default(),
            live: Live::new((plan.lead_in() + plan.duration).as_secs(), target),
            scraper: scraper.map_err(|error| format!("--metrics-url: {error}"))?,
            errors: BTreeMap::new(),
            first: None,
            last: None,
        })
    }

    /// Whether it was ended before time.
    async fn until_end(&mut self, running: &Running, interrupts: &mut Interrupts) -> bool {
        let mut seconds = interval_at(running.began() + SECOND, SECOND);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        self.scrape(0.0).await;
        let mut stopped = false;
        while !running.is_finished() {
            tokio::select! {
                _ = seconds.tick() => self.look(running).await,
                () = interrupts.next(), if !stopped => {
                    stopped = true;
                    running.stop();
                }
                // The last visits end between two seconds.
                () = tokio::time::sleep(SECOND / 20) => {}
            }
        }
        self.look(running).await;
        self.live.finish();
        stopped
    }

    async fn look(&mut self, running: &Running) {
        let before = self.last.clone();
        let at = seconds_since(running.began());
        let sample = running.sample();
        self.scrape(at).await;
        let moment = before.zip(self.last.as_ref()).filter(|((earlier, _), (later, _))| later > earlier);
        let moment = moment.map(|((earlier, metrics), (later, now))| Moment::between(&metrics, now, later - earlier));
        for (what, count) in &sample.errors {
            *self.errors.entry(what.clone()).or_default() += count;
        }
        let (measured, errors) = ((self.lead_in, self.end), most_frequent(&self.errors));
        if let Some(tick) = self.timeline.push(at, &sample, moment) {
            self.live.tick(tick, measured, &errors);
        }
    }

    async fn scrape(&mut self, at: f64) {
        let Some(scraper) = &mut self.scraper else { return };
        // A second without metrics is a gap in a line, no reason to end.
        let Ok(metrics) = scraper.scrape().await else { return };
        if at <= self.lead_in + 0.5 || self.first.is_none() {
            self.first = Some((at, metrics.clone()));
        }
        self.last = Some((at, metrics));
    }

    fn report(self, options: &Options, plan: &Plan, outcome: &Outcome) -> Report {
        let (visits, requests, steps) = Report::rows(outcome);
        let meanwhile: Vec<&Moment> = self
            .timeline
            .ticks
            .iter()
            .filter(|tick| tick.at > self.lead_in)
            .filter_map(|tick| tick.server.as_ref())
            .collect();
        let server = self.first.zip(self.last).filter(|((from, _), (to, _))| to > from);
        let server = server.map(|((from, first), (to, last))| Spent::between(&first, &last, to - from, &meanwhile));
        let (load, target_rate) = match plan.load {
            Load::Open { rate, .. } => (format!("{rate} visits/s, {:?} arrivals", options.arrivals), Some(rate)),
            Load::Closed { users } => (format!("{users} users, closed model"), None),
        };
        Report {
            scenario: options.scenario.name(),
            url: String::new(),
            began_at: String::new(),
            load: load.to_lowercase(),
            target_rate,
            seed: 0,
            lead_in_seconds: self.lead_in,
            measured_seconds: outcome.measured.as_secs_f64(),
            stopped_early: false,
            visits,
            requests,
            steps,
            own_lateness_p99_ms: crate::report::float(outcome.lateness.value_at_quantile(0.99)) / 1e6,
            verdicts: Vec::new(),
            server,
            timeline: self.timeline.ticks,
        }
    }
}

fn seconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}

/// What went wrong so far, the most frequent first.
fn most_frequent(errors: &BTreeMap<String, u64>) -> Vec<(u64, String)> {
    let mut all: Vec<_> = errors.iter().map(|(what, count)| (*count, what.clone())).collect();
    all.sort_by(|one, other| other.cmp(one));
    all
}
