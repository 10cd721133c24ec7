//! The alerts, and the scenarios in which they fire.

use std::path::Path;

use crate::promtool::judge;

const RULES: &str = include_str!("../../prometheus/alerts.yml");
const SCENARIOS: &str = include_str!("../../prometheus/alerts_test.yml");

fn rules() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/prometheus"))
}

#[test]
fn the_rules_are_well_formed() {
    judge("check", rules(), "alerts.yml");
}

#[test]
fn alerts_fire_when_they_should_and_not_otherwise() {
    judge("test", rules(), "alerts_test.yml");
}

#[test]
fn every_alert_fires_in_a_scenario_and_says_what_to_do() {
    let alerts: Vec<&str> = RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 20, "{alerts:?}");
    for alert in &alerts {
        assert!(SCENARIOS.contains(&format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"")), "{alert}");
    }
    for said in ["labels: {severity: critical}|labels: {severity: warning}", "summary:", "description:", "action:"] {
        let says = |line: &&str| said.split('|').any(|said| line.trim().starts_with(said));
        assert_eq!(RULES.lines().filter(says).count(), alerts.len(), "{said}");
    }
}
