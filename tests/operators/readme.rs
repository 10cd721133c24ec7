//! The README's table of metrics, the dashboard and the alerts, and the metrics themselves.

use std::collections::BTreeMap;

use super::watching::Known;
use crate::support::{Exposition, Server, eventually};

/// The rows whose first cell is the name of a metric and whose second is a type.
fn documented() -> BTreeMap<String, String> {
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let (name, kind) = (cells.next()?.strip_suffix('`')?, cells.next()?);
        ["counter", "gauge", "histogram"].contains(&kind).then(|| (name.to_owned(), kind.to_owned()))
    };
    include_str!("../../README.md").lines().filter_map(row).collect()
}

/// What a server exports once everything has happened that has a metric of its own.
async fn everything() -> Exposition {
    let server = Server::with(&[("sms.prefix_limit", "1/1h")]).await;
    server.register("ann@example.org", "ann.lee").await;
    for number in ["+491711234567", "+491711234568"] {
        server.client().start(number).await.expect(202);
    }
    for probe in ["/healthz", "/readyz"] {
        server.client().get(probe).await.expect(200);
    }
    let complete = || async {
        let families = Exposition::read(&server.admin_url).await.families;
        families.contains_key("chatlink_deliveries_total") && families.contains_key("chatlink_texts_refused_total")
    };
    eventually(complete).await;
    Exposition::read(&server.admin_url).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_the_dashboard_and_the_alerts_name_metrics_as_they_are() {
    let exported = everything().await;
    assert_eq!(exported.families, documented());
    Known::new(&exported).check_all();
}
