//! The dashboard, as Grafana would take it.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use serde_json::Value;

use crate::promtool::judge;

const DASHBOARD: &str = include_str!("../../grafana/chatlink.json");
/// Grafana's grid has so many columns.
const COLUMNS: u64 = 24;

fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).unwrap()
}

fn panels(dashboard: &Value) -> &Vec<Value> {
    dashboard["panels"].as_array().unwrap()
}

/// The cells of the grid that a panel covers.
fn cells(panel: &Value) -> impl Iterator<Item = (u64, u64)> {
    let [x, y, width, height] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
    assert!(width > 0 && height > 0 && x + width <= COLUMNS, "{}", panel["title"]);
    (x..x + width).flat_map(move |column| (y..y + height).map(move |row| (column, row)))
}

#[test]
fn panels_have_ids_of_their_own_and_none_covers_another() {
    let dashboard = dashboard();
    let (mut ids, mut covered) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels(&dashboard) {
        assert!(panel["id"].as_u64().is_some_and(|id| id > 0 && ids.insert(id)), "{}", panel["title"]);
        assert!(cells(panel).all(|cell| covered.insert(cell)), "{} covers another one", panel["title"]);
    }
    assert!(ids.len() > 40);
}

#[test]
fn panels_explain_themselves_and_ask_the_chosen_source_about_the_chosen_nodes() {
    let dashboard = dashboard();
    let titles: BTreeSet<&str> = panels(&dashboard).iter().map(|panel| panel["title"].as_str().unwrap()).collect();
    assert_eq!(titles.len(), panels(&dashboard).len());
    for panel in panels(&dashboard).iter().filter(|panel| panel["type"] != "row") {
        let title = &panel["title"];
        assert!(panel["description"].as_str().is_some_and(|text| text.len() > 20), "{title}");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{title}");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let targets = panel["targets"].as_array().unwrap();
        let references: BTreeSet<&str> = targets.iter().map(|target| target["refId"].as_str().unwrap()).collect();
        assert!(!targets.is_empty() && references.len() == targets.len(), "{title}");
        for target in targets {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            let query = target["expr"].as_str().unwrap();
            assert_eq!(query.matches('{').count(), query.matches("{job=~\"$job\", instance=~\"$instance\"").count());
        }
    }
}

#[test]
fn queries_of_the_dashboard_are_well_formed() {
    let dashboard = dashboard();
    let targets = panels(&dashboard).iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let marks = dashboard["annotations"]["list"].as_array().unwrap();
    let mut rules = "groups:\n- name: queries\n  rules:\n".to_owned();
    for (number, asked) in targets.chain(marks).enumerate() {
        // As Grafana would send it. JSON is YAML.
        let query = Value::from(asked["expr"].as_str().unwrap().replace("$__rate_interval", "1m"));
        writeln!(rules, "  - {{record: 'query:{number}', expr: {query}}}").unwrap();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("queries");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("queries.yml"), rules).unwrap();
    judge("check", &folder, "queries.yml");
}
