use tokio::time::{advance, sleep};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Measures the second second of ten.
fn recorder() -> (Recorder, Instant) {
    let start = Instant::now();
    (Recorder::new(start + SECOND, start + 2 * SECOND), start)
}

#[tokio::test(start_paused = true)]
async fn what_began_in_the_window_counts_however_long_it_takes() {
    let (recorder, start) = recorder();
    sleep(SECOND / 2).await;
    recorder.record("early", true, start, Ok(()));
    sleep(SECOND).await;
    recorder.record("across", true, start, Ok(()));
    sleep(3 * SECOND).await;
    recorder.record("slow", true, start + SECOND * 3 / 2, Ok(()));
    recorder.record("late", true, start + 2 * SECOND, Ok(()));
    let outcome = recorder.outcome();
    assert_eq!(outcome.requests().count(), 1);
    let slow = outcome.steps["slow"].quantile(0.5).as_secs_f64();
    assert!((slow - 3.0).abs() < 0.01, "{slow}");
    // The rate is of what was answered meanwhile, whenever it began.
    assert!((outcome.rate(&outcome.steps["across"]) - 1.0).abs() < f64::EPSILON);
    assert!(outcome.rate(&outcome.steps["slow"]) < f64::EPSILON);
    assert!(!outcome.steps.contains_key("early") && !outcome.steps.contains_key("late"));
}

#[tokio::test(start_paused = true)]
async fn errors_have_kinds_and_shed_ones_are_apart() {
    let (recorder, _) = recorder();
    advance(SECOND).await;
    let began = Instant::now();
    let limited = Failure::Status { status: 429, problem: Some("rate-limited".into()) };
    for failure in [Failure::Timeout, limited.clone(), limited, Failure::Shed] {
        recorder.record("start", true, began, Err(&failure));
    }
    let all = recorder.outcome().requests();
    assert_eq!(all.errors, BTreeMap::from([("429 rate-limited".into(), 2), ("timeout".into(), 1)]));
    assert_eq!((all.count(), all.failed(), all.shed), (0, 3, 1));
}

#[tokio::test(start_paused = true)]
async fn waits_are_not_part_of_the_requests() {
    let (recorder, _) = recorder();
    advance(SECOND).await;
    recorder.record("start", true, Instant::now(), Ok(()));
    recorder.record("delivery", false, Instant::now(), Ok(()));
    assert_eq!(recorder.outcome().requests().count(), 1);
    assert_eq!(recorder.sample().requests().latency.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sample_is_taken_once_and_knows_no_window() {
    let (recorder, start) = recorder();
    let recorder = Arc::new(recorder);
    let visit = recorder.begin(start);
    recorder.record("start", true, start, Ok(()));
    let sample = recorder.sample();
    assert_eq!((sample.steps["start"].latency.len(), sample.in_flight, sample.visits), (1, 1, 0));
    visit.end(Ok(()));
    let sample = recorder.sample();
    assert_eq!((sample.steps.len(), sample.in_flight, sample.visits), (0, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn an_end_before_time_shortens_what_is_measured() {
    let (recorder, start) = recorder();
    advance(SECOND * 5 / 4).await;
    recorder.cut();
    recorder.record("start", true, start + SECOND * 3 / 2, Ok(()));
    let outcome = recorder.outcome();
    assert_eq!((outcome.measured, outcome.requests().count()), (SECOND / 4, 0));
}
