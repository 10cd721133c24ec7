//! Where all visits of one thread are recorded, and what is made of it in the end.
//!
//! Each thread has one, so its lock is hardly ever waited for: only who draws the progress takes it besides, once a
//! second. What is measured is what *began* (in the open model: was due) within the window, however long it took then.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::step::{Step, histogram, nanos};
use crate::client::Failure;

/// Records what happens on one thread.
#[derive(Debug)]
pub struct Recorder {
    from: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    until: Instant,
    steps: BTreeMap<&'static str, Step>,
    visits: Step,
    lateness: Histogram<u64>,
    recent: Sample,
    in_flight: usize,
    was_cut: bool,
}

/// A visit that has begun. Dropped before its end, it counts as unfinished.
#[derive(Debug)]
pub struct Underway {
    recorder: Arc<Recorder>,
    due: Instant,
    ended: bool,
}

/// What happened since the last sample was taken, measured or not.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub steps: BTreeMap<&'static str, SampledStep>,
    /// How often something went wrong, by step and kind.
    pub errors: BTreeMap<String, u64>,
    /// Visits that ended well.
    pub visits: u64,
    /// Visits under way.
    pub in_flight: usize,
}

/// One step's part of a sample.
#[derive(Clone, Debug)]
pub struct SampledStep {
    /// Nanoseconds, to two digits.
    pub latency: Histogram<u64>,
    pub errors: u64,
    pub shed: u64,
    pub is_request: bool,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub steps: BTreeMap<&'static str, Step>,
    /// Whole visits, from when they were due to their end.
    pub visits: Step,
    /// How long after it was due the tool itself got around to a visit. Much of it: the tool, not the server, is slow.
    pub lateness: Histogram<u64>,
    /// How long was measured: the plan's duration, unless it was stopped.
    pub measured: Duration,
}

impl Recorder {
    /// Measures from then until then.
    pub fn new(from: Instant, until: Instant) -> Self {
        let state = State {
            until,
            steps: BTreeMap::new(),
            visits: Step::default(),
            lateness: histogram(3),
            recent: Sample::default(),
            in_flight: 0,
            was_cut: false,
        };
        Self { from, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn record(
        &self,
        name: &'static str,
        is_request: bool,
        time: (Instant, Instant),
        outcome: Result<(), &Failure>,
    ) {
        let (began, ended) = time;
        let took = ended.saturating_duration_since(began);
        let mut state = self.state();
        state.recent.record(name, is_request, took, outcome);
        let (within, ended_within) = (self.within(&state, began), self.within(&state, ended));
        if within || ended_within {
            let step = state.steps.entry(name).or_insert_with(|| Step { is_request, ..Step::default() });
            step.add(took, outcome, within, ended_within);
        }
    }

    /// A visit that was due then begins.
    pub fn begin(self: &Arc<Self>, due: Instant) -> Underway {
        let late = Instant::now().saturating_duration_since(due);
        let mut state = self.state();
        state.in_flight += 1;
        if self.within(&state, due) {
            state.lateness.saturating_record(nanos(late));
        }
        Underway { recorder: Arc::clone(self), due, ended: false }
    }

    /// A visit that was due then never began, since there was nobody left to make it.
    pub fn miss(&self, due: Instant) {
        let mut state = self.state();
        if self.within(&state, due) {
            *state.visits.errors.entry("never begun".into()).or_default() += 1;
        }
    }

    /// Ends what is measured, before time. What is under way is dropped, and that is no error.
    pub fn cut(&self) {
        let now = Instant::now();
        let mut state = self.state();
        state.was_cut = true;
        state.until = state.until.min(now);
    }

    fn within(&self, state: &State, when: Instant) -> bool {
        (self.from..state.until).contains(&when)
    }

    /// What happened since the last call.
    pub fn sample(&self) -> Sample {
        let mut state = self.state();
        let in_flight = state.in_flight;
        Sample { in_flight, ..std::mem::take(&mut state.recent) }
    }

    /// What it came to, without what is recorded afterwards.
    pub fn outcome(&self) -> Outcome {
        let state = self.state();
        Outcome {
            steps: state.steps.clone(),
            visits: state.visits.clone(),
            lateness: state.lateness.clone(),
            measured: state.until.saturating_duration_since(self.from),
        }
    }
}

impl Underway {
    /// It ends so.
    pub fn end(mut self, outcome: Result<(), &Failure>) {
        self.ended = true;
        let mut state = self.recorder.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        state.recent.visits += u64::from(outcome.is_ok());
        // What a visit finds wrong between its requests is in none of them.
        if let Err(failure @ Failure::Answer(_)) = outcome {
            *state.recent.errors.entry(format!("visits: {failure}")).or_default() += 1;
        }
        let now = Instant::now();
        let (within, ended_within) = (self.recorder.within(&state, self.due), self.recorder.within(&state, now));
        state.visits.add(now.saturating_duration_since(self.due), outcome, within, ended_within);
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut state = self.recorder.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        if !state.was_cut && self.recorder.within(&state, self.due) {
            *state.visits.errors.entry("unfinished".into()).or_default() += 1;
        }
    }
}

impl Step {
    fn add(&mut self, took: Duration, outcome: Result<(), &Failure>, within: bool, ended_within: bool) {
        if within {
            self.record(took, outcome);
        }
        self.answered_within += u64::from(ended_within && outcome.is_ok());
    }
}

impl Sample {
    fn record(&mut self, name: &'static str, is_request: bool, took: Duration, outcome: Result<(), &Failure>) {
        let step = self.steps.entry(name).or_insert_with(|| SampledStep::new(is_request));
        match outcome {
            Ok(()) => step.latency.saturating_record(nanos(took)),
            Err(Failure::Shed) => step.shed += 1,
            Err(failure) => {
                step.errors += 1;
                *self.errors.entry(format!("{name}: {failure}")).or_default() += 1;
            }
        }
    }

    /// Adds another thread's.
    pub fn merge(&mut self, other: &Self) {
        self.visits += other.visits;
        self.in_flight += other.in_flight;
        for (what, count) in &other.errors {
            *self.errors.entry(what.clone()).or_default() += count;
        }
        for (name, theirs) in &other.steps {
            self.steps.entry(name).or_insert_with(|| SampledStep::new(theirs.is_request)).merge(theirs);
        }
    }

    /// All requests together.
    pub fn requests(&self) -> SampledStep {
        let mut all = SampledStep::new(true);
        self.steps.values().filter(|step| step.is_request).for_each(|step| all.merge(step));
        all
    }
}

impl SampledStep {
    fn new(is_request: bool) -> Self {
        Self { latency: histogram(2), errors: 0, shed: 0, is_request }
    }

    fn merge(&mut self, other: &Self) {
        // They have the same bounds, so nothing is left out.
        let _ = self.latency.add(&other.latency);
        self.errors += other.errors;
        self.shed += other.shed;
    }
}

impl Outcome {
    /// Adds another thread's, of the same time.
    pub fn merge(&mut self, other: &Self) {
        self.visits.merge(&other.visits);
        let _ = self.lateness.add(&other.lateness);
        for (name, theirs) in &other.steps {
            let is_request = theirs.is_request;
            self.steps.entry(name).or_insert_with(|| Step { is_request, ..Step::default() }).merge(theirs);
        }
    }

    /// All requests together.
    pub fn requests(&self) -> Step {
        let mut all = Step::default();
        self.steps.values().filter(|step| step.is_request).for_each(|step| all.merge(step));
        all
    }

    /// How many of them a second were answered as they should be while it was measured.
    pub fn rate(&self, step: &Step) -> f64 {
        #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "no count comes near 2^53")]
        let answered = step.answered_within as f64;
        if self.measured.is_zero() { 0.0 } else { answered / self.measured.as_secs_f64() }
    }
}

/// An outcome of these, measured over a second.
#[cfg(test)]
pub fn test_outcome(all: impl IntoIterator<Item = (&'static str, bool, Duration, Result<(), Failure>)>) -> Outcome {
    let from = Instant::now();
    let recorder = Recorder::new(from, from + Duration::from_secs(1));
    for (name, is_request, took, outcome) in all {
        recorder.record(name, is_request, (from, from + took), outcome.as_ref().copied());
    }
    recorder.outcome()
}

#[cfg(test)]
mod tests;
