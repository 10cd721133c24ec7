use std::time::Duration;

use super::*;
use crate::{
    client::Failure,
    engine::{Sample, test_outcome},
};

fn report(outcome: &Outcome) -> Report {
    let (visits, requests, steps) = Report::rows(outcome);
    let mut timeline = Timeline::default();
    for second in 1..=3 {
        timeline.push(f64::from(second), &Sample::default(), None);
    }
    Report {
        scenario: "<script>".into(),
        url: "http://a.example/?\"&".into(),
        began_at: "2026-01-01T00:00:00Z".into(),
        load: "50 visits/s".into(),
        target_rate: Some(50.0),
        seed: 7,
        lead_in_seconds: 1.0,
        measured_seconds: outcome.measured.as_secs_f64(),
        stopped_early: false,
        visits,
        requests,
        steps,
        own_lateness_p99_ms: 0.1,
        verdicts: Vec::new(),
        server: None,
        timeline: timeline.ticks,
    }
}

/// A hundred starts of 1 to 100 ms, one that failed, and a delivery of a second.
fn outcome() -> Outcome {
    let times = (1..=100).map(|ms| ("start", true, Duration::from_millis(ms), Ok(())));
    let limited = Failure::Status { status: 429, problem: Some("<b>".into()) };
    test_outcome(times.chain([
        ("start", true, Duration::from_millis(5), Err(limited)),
        ("delivery", false, Duration::from_secs(1), Ok(())),
    ]))
}

#[test]
fn thresholds_are_judged_by_what_was_found() {
    let outcome = outcome();
    let mut report = report(&outcome);
    let thresholds = [
        "p50<51ms",
        "max<101ms",
        "start.errors<1%",
        "start.errors<0.5%",
        "delivery.p99>990ms",
        "memory<1MB",
        "other.p99<1s",
    ];
    let thresholds: Vec<Threshold> = thresholds.iter().map(|text| text.parse().unwrap()).collect();
    report.judge(&thresholds, &outcome);
    let passed: Vec<bool> = report.verdicts.iter().map(|verdict| verdict.passed).collect();
    assert_eq!(passed, [true, true, true, false, true, false, false], "{:#?}", report.verdicts);
    assert!(!report.passed());
}

#[test]
fn the_table_has_all_steps_and_the_page_no_markup_of_others() {
    let outcome = outcome();
    let mut report = report(&outcome);
    report.judge(&["p99<1ms".parse().unwrap()], &outcome);
    let text = table(&report);
    for part in ["start ", "delivery ", "429 <b>", "FAIL  p99<1ms", "all requests"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let html = page(&report);
    assert!(html.contains("&lt;script&gt;") && html.contains("429 &lt;b&gt;"), "{html}");
    assert_eq!(html.matches("<script>").count(), 1);
    assert!(!html.contains("src=") && !html.contains("href="));
}

#[test]
fn percentiles_that_were_not_reached_are_left_out_of_the_curve() {
    let report = report(&outcome());
    let curve: Vec<f64> =
        report.steps.iter().find(|row| row.name == "start").unwrap().curve.iter().map(|it| it.0).collect();
    assert!(curve.contains(&99.0) && !curve.contains(&99.9) && curve.ends_with(&[100.0]), "{curve:?}");
}

#[test]
fn memory_grows_from_the_first_tenth_to_the_last() {
    let flat: Vec<f64> = [100.0; 30].into();
    let grown: Vec<f64> = (0..30).map(|nth| 100.0 + f64::from(nth)).collect();
    assert_eq!(server::growth(&flat), Some(0.0));
    assert!(server::growth(&grown).is_some_and(|growth| (0.25..0.28).contains(&growth)));
    assert_eq!(server::growth(&flat[..9]), None);
}
