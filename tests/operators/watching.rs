//! What the dashboard and the alerts ask for is what the server exports: every metric, label and value.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::queries::{Query, Selector};
use crate::support::Exposition;

const DASHBOARD: &str = include_str!("../../load/grafana/chatlink.json");
const RULES: &str = include_str!("../../load/prometheus/alerts.yml");
/// Where the outcomes stand that have not happened yet, by how the names of the metrics begin.
const OUTCOMES: [(&str, &str); 6] = [
    ("chatlink_otp_outcomes_", include_str!("../../src/http/otp_outcome.rs")),
    ("chatlink_logins_", include_str!("../../src/telemetry/metrics/outcomes.rs")),
    ("chatlink_refreshes_", include_str!("../../src/telemetry/metrics/outcomes.rs")),
    ("chatlink_deliveries_", include_str!("../../src/telemetry/metrics/deliveries.rs")),
    ("chatlink_postgres_call_", include_str!("../../src/telemetry/metrics/stores.rs")),
    ("chatlink_redis_call_", include_str!("../../src/telemetry/metrics/stores.rs")),
];
/// The labels that Prometheus puts on everything it scrapes.
const SCRAPED: [&str; 2] = ["job", "instance"];
/// The metric that it makes of a scrape.
const UP: &str = "up";

/// What queries may name.
pub struct Known<'a> {
    exported: &'a Exposition,
    /// What rules record, with the labels that remain.
    recorded: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Known<'a> {
    pub fn new(exported: &'a Exposition) -> Self {
        let recorded = rules().into_iter().filter_map(|rule| Some((rule.records?, Query::read(&rule.asks).groupings)));
        Self { exported, recorded: recorded.collect() }
    }

    /// Asserts that all queries name what there is, and nothing else.
    pub fn check_all(&self) {
        let (panels, rules) = (panels(), rules());
        assert!(panels.len() > 40 && rules.len() > 20, "{} {}", panels.len(), rules.len());
        for rule in &rules {
            self.check(&rule.asks);
        }
        for query in &panels {
            self.check(query);
        }
        for variable in members(&dashboard()["templating"]["list"], "definition") {
            let inner = variable.strip_prefix("label_values(").and_then(|it| it.strip_suffix(')')).expect("values");
            let (selector, label) = inner.rsplit_once(", ").expect("a metric and a label");
            self.check(&format!("sum by ({label}) ({selector})"));
        }
    }

    fn check(&self, query: &str) {
        let read = Query::read(query);
        let mut labels = BTreeSet::new();
        for selector in &read.selectors {
            let of_metric = self.labels(&selector.metric).unwrap_or_else(|| panic!("no such metric: {query}"));
            self.check_matchers(selector, &of_metric, query);
            labels.extend(of_metric);
        }
        assert!(read.groupings.is_subset(&labels), "{:?} of {labels:?}: {query}", read.groupings);
    }

    fn check_matchers(&self, selector: &Selector, labels: &BTreeSet<String>, query: &str) {
        for (label, value) in &selector.matchers {
            assert!(labels.contains(label), "no such label: {label}: {query}");
            // Statuses are matched by their first digit.
            if SCRAPED.contains(&label.as_str()) || label == "status" {
                continue;
            }
            let unknown = value.split('|').find(|value| !self.is_value(&selector.metric, label, value));
            assert_eq!(unknown, None, "no such {label}: {query}");
        }
    }

    /// The labels of a metric; `None` if there is no such metric.
    fn labels(&self, metric: &str) -> Option<BTreeSet<String>> {
        if let Some(labels) = self.recorded.get(metric) {
            return Some(labels.clone());
        }
        let mut labels = self.exported.label_names(metric);
        if labels.is_none() && metric == UP {
            labels = Some(BTreeSet::new());
        }
        labels.map(|labels| labels.into_iter().chain(SCRAPED).map(str::to_owned).collect())
    }

    /// Whether a label has ever taken that value, or the code has it.
    fn is_value(&self, metric: &str, label: &str, value: &str) -> bool {
        let literal = format!("\"{value}\"");
        let mut sources = OUTCOMES.iter().filter(|(begins, _)| metric.starts_with(begins));
        self.exported.labels(metric, label).contains(&value)
            || (label == "outcome" && sources.any(|(_, source)| source.contains(&literal)))
            || self.recorded.contains_key(metric)
    }
}

/// A rule of Prometheus.
struct Rule {
    /// The metric that it makes, unless it is an alert.
    records: Option<String>,
    asks: String,
}

/// Every rule. In this file an expression stands in the line of its key, or below it and further in.
fn rules() -> Vec<Rule> {
    let rule = |block: &'static str| {
        let (before, rest) = block.split_once("expr: ").expect("an expression");
        let depth = before.len() - before.rfind('\n').expect("a line") - 1;
        let (first, below) = rest.split_once('\n').expect("a line");
        let indent = |line: &&str| line.len() - line.trim_start().len() > depth;
        let lines: Vec<&str> = below.lines().take_while(indent).map(str::trim).collect();
        let records = before.starts_with("record: ").then(|| before.lines().next().expect("a name")[8..].to_owned());
        Rule { records, asks: if first == ">-" { lines.join(" ") } else { first.to_owned() } }
    };
    let of_either = ["      - record: ", "      - alert: "];
    let begins: Vec<usize> = of_either.iter().flat_map(|it| RULES.match_indices(it)).map(|(at, _)| at + 8).collect();
    begins.into_iter().map(|at| rule(&RULES[at..])).collect()
}

/// What all panels and marks of the dashboard ask.
fn panels() -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let asked = panels.flat_map(|panel| members(&panel["targets"], "expr"));
    asked.chain(members(&dashboard["annotations"]["list"], "expr")).collect()
}

fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).expect("JSON")
}

/// That member of all in the list that have it.
fn members(list: &Value, name: &str) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten().filter_map(|it| it[name].as_str());
    texts.map(str::to_owned).collect()
}
