//! Reads what Prometheus would read, and is as strict: text format 0.0.4.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Client;

/// All metrics of a server at one moment.
pub struct Exposition {
    pub text: String,
    /// The type of each family, by name.
    pub families: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: String,
}

impl Exposition {
    /// Asks the operators' address.
    pub async fn read(admin_url: &str) -> Self {
        let answer = Client::new(admin_url).get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        Self::parse(answer.text)
    }

    /// Reads a text, and asserts that it is well formed.
    pub fn parse(text: String) -> Self {
        assert!(text.ends_with('\n'));
        let (mut families, mut samples) = (BTreeMap::new(), Vec::new());
        let mut family = (String::new(), String::new());
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').expect("a help");
                assert!(!help.is_empty() && !families.contains_key(name), "{line}");
                family.0 = name.to_owned();
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a type");
                assert!(name == family.0 && ["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                family.1 = kind.to_owned();
                families.insert(name.to_owned(), kind.to_owned());
            } else {
                let sample = Sample::parse(line);
                let suffix = sample.name.strip_prefix(&family.0).unwrap_or_else(|| panic!("{line}"));
                let suffixes: &[&str] = if family.1 == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                assert!(suffixes.contains(&suffix), "{line}");
                samples.push(sample);
            }
        }
        let this = Self { text, families, samples };
        this.check_histograms();
        this
    }

    fn check_histograms(&self) {
        for name in self.families.iter().filter(|(_, kind)| *kind == "histogram").map(|(name, _)| name) {
            for count in self.samples.iter().filter(|sample| sample.name == format!("{name}_count")) {
                let of_same = |sample: &&Sample| {
                    let mut labels = sample.labels.clone();
                    labels.remove("le");
                    sample.name == format!("{name}_bucket") && labels == count.labels
                };
                let buckets: Vec<_> = self.samples.iter().filter(of_same).collect();
                assert!(buckets.is_sorted_by(|a, b| a.value() <= b.value()), "{name}");
                let last = buckets.last().expect("buckets");
                assert_eq!((last.labels["le"].as_str(), &last.value), ("+Inf", &count.value), "{name}");
            }
        }
    }

    /// The sum of all samples of that name that bear these labels; zero where there is none. Of what is counted.
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        self.bearing(name, labels).map(|sample| sample.value.parse::<u64>().expect("a whole number")).sum()
    }

    /// The same of what is measured.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.bearing(name, labels).map(Sample::value).sum()
    }

    fn bearing<'a>(&'a self, name: &'a str, labels: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = &'a Sample> {
        let bears = move |sample: &&Sample| {
            let has = |(label, value): &(&str, &str)| sample.labels.get(*label).is_some_and(|it| it == value);
            sample.name == name && labels.iter().all(has)
        };
        self.samples.iter().filter(bears)
    }

    /// The labels that samples of that name bear; `None` where there is no sample.
    pub fn label_names(&self, name: &str) -> Option<BTreeSet<&str>> {
        let mut named = self.samples.iter().filter(|sample| sample.name == name).peekable();
        named.peek()?;
        Some(named.flat_map(|sample| sample.labels.keys().map(String::as_str)).collect())
    }

    /// Every value that a label takes in the samples of that name.
    pub fn labels(&self, name: &str, label: &str) -> Vec<&str> {
        let named = self.samples.iter().filter(|sample| sample.name == name);
        let mut values: Vec<_> = named.filter_map(|sample| sample.labels.get(label).map(String::as_str)).collect();
        values.sort_unstable();
        values.dedup();
        values
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let (name, labels) = series.split_once('{').map_or((series, ""), |(name, labels)| {
            (name, labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}")))
        });
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'), "{line}");
        // No label here has a comma or a quotation mark in it, so that there is nothing to unescape.
        let label = |label: &str| {
            let (name, value) = label.split_once('=').unwrap_or_else(|| panic!("{line}"));
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            (name.to_owned(), value.unwrap_or_else(|| panic!("{line}")).to_owned())
        };
        let labels = labels.split(',').filter(|text| !text.is_empty()).map(label).collect();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        Self { name: name.to_owned(), labels, value: value.to_owned() }
    }

    fn value(&self) -> f64 {
        self.value.parse().unwrap()
    }
}
