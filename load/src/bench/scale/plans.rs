//! The statements that the server really sends, with their plans on either side.
//!
//! Postgres' own `auto_explain` writes them down: it is loaded into the connections of a server that is started for
//! it, and every statement that runs then lands in Postgres' log with its plan, its buffers and its times.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::time::sleep;

use super::{
    Side,
    accounts::{any, completions, is_free, login, me},
};
use crate::{
    bench::{
        BenchError,
        footprint::{Drive, Finding, start},
    },
    client::Request,
};

/// How often each operation is done while the log is written.
const TIMES: usize = 60;
/// How long after the last of them the log is read: the courier looks accounts up later.
const LATER: Duration = Duration::from_secs(5);

const EXPLAIN: &[&str] = &[
    "load 'auto_explain'",
    "alter system set session_preload_libraries = 'auto_explain'",
    "alter system set auto_explain.log_min_duration = 0",
    "alter system set auto_explain.log_analyze = on",
    "alter system set auto_explain.log_buffers = on",
    "select pg_reload_conf()",
];

/// Does every operation some times on both sides. Gives the plans to read, and adds what they come to.
pub async fn compare(small: &mut Side, large: &mut Side, findings: &mut Vec<Finding>) -> Result<String, BenchError> {
    eprintln!("writing the plans down");
    let (few, many) = (statements(small).await?, statements(large).await?);
    let mut text = format!(
        "Statements on `users` and their plans, as auto_explain saw them from `chatlink serve`: on the side with {} accounts \
         and on the one with {}.\nTimes are medians of the executor's, with the instrumentation in them. shared_buffers are \
         128 MB, as Postgres comes.\n",
        small.accounts, large.accounts
    );
    let mut scans = 0;
    for (statement, large) in &many {
        scans += large.iter().filter(|run| run.plan.contains("Seq Scan on users")).count();
        let Some(small) = few.get(statement) else { continue };
        let (Some(one), Some(other)) = (middle(small), middle(large)) else { continue };
        let (count, other_count) = (small.len(), large.len());
        let _ = write!(
            text,
            "\n\n{statement}\n\n  few: median {:.3} ms of {count}\n{}\n  many: median {:.3} ms of {other_count}\n{}\n",
            one.millis, one.plan, other.millis, other.plan
        );
        let shown = format!("{:.3} → {:.3} ms", one.millis, other.millis);
        findings.push(Finding::new(format!("statement: {}", short(statement)), shown));
    }
    let found = Finding::new("sequential scans of `users` on the large side", scans.to_string());
    findings.push(found.target("0", scans == 0).note("the statements above and their plans are in plans.txt"));
    Ok(text)
}

/// One run of a statement.
struct Run {
    millis: f64,
    plan: String,
}

type Statements = BTreeMap<String, Vec<Run>>;

async fn statements(side: &mut Side) -> Result<Statements, BenchError> {
    for statement in EXPLAIN {
        side.postgres.batch_execute(statement).await?;
    }
    let data: String = side.postgres.query_one("show data_directory", &[]).await?.try_get(0)?;
    let log = Path::new(&data).parent().map(|home| home.join("log")).unwrap_or_default();
    let (callers, verified) = (side.callers().await?, side.verified(TIMES).await?);
    let already = usize::try_from(fs::metadata(&log)?.len()).unwrap_or(usize::MAX);
    side.restart().await?;
    let accounts = side.accounts;
    let (own, completed) = (me(callers), completions(verified));
    let one = Drive { connections: 1, ..side.node.drive.clone() };
    let again = |request: Arc<dyn Fn() -> Request + Send + Sync>, status| {
        let one = one.clone();
        async move { one.each("plans", TIMES, status, move |_| request(), |_| Ok(())).await }
    };
    again(Arc::new(move || is_free(accounts)), 200).await?;
    again(Arc::new(move || login(&any(accounts))), 201).await?;
    again(Arc::new(move || own(0, 0)), 200).await?;
    again(Arc::new(move || completed(0, 0)), 201).await?;
    // The owners get a notice instead of a code, so the courier looks them up.
    again(Arc::new(move || start(&format!("{}@example.org", any(accounts)))), 202).await?;
    Ok(parse(&logged(log, already).await?))
}

/// What has been logged since then, after a while: mail goes nowhere here and is tried again, so it never falls silent.
async fn logged(log: PathBuf, already: usize) -> io::Result<String> {
    sleep(LATER).await;
    let bytes = fs::read(&log)?;
    Ok(String::from_utf8_lossy(bytes.get(already..).unwrap_or_default()).into_owned())
}

/// Takes the runs on accounts out of the log: a line with the duration, then lines that are indented by a tab: the
/// statement, and from the first one with a cost the plan.
fn parse(log: &str) -> Statements {
    let mut statements = Statements::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(millis) = line.split_once("LOG:  duration: ").and_then(|(_, rest)| duration(rest)) else { continue };
        let (mut statement, mut plan) = (String::new(), String::new());
        while let Some(line) = lines.next_if(|line| line.starts_with('\t')) {
            let is_plan = !plan.is_empty() || line.contains("(cost=");
            let part = if is_plan { &mut plan } else { &mut statement };
            part.push_str(if is_plan { "    " } else { "" });
            part.push_str(line.trim_start_matches('\t'));
            part.push('\n');
        }
        let statement = statement.trim_start_matches("Query Text:").split_whitespace().collect::<Vec<_>>().join(" ");
        if statement.split(' ').any(|word| word.trim_matches(['(', ')', ',', ';']) == "users") {
            statements.entry(statement).or_default().push(Run { millis, plan });
        }
    }
    statements
}

/// The milliseconds in `0.046 ms  plan:`.
fn duration(text: &str) -> Option<f64> {
    text.split_once(" ms  plan:")?.0.parse().ok()
}

/// The run that took as long as half of them.
fn middle(runs: &[Run]) -> Option<&Run> {
    let mut sorted: Vec<_> = runs.iter().collect();
    sorted.sort_by(|one, other| one.millis.total_cmp(&other.millis));
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

/// Enough of a statement to know it by.
fn short(statement: &str) -> String {
    let verb: String = statement.split(' ').take(2).collect::<Vec<_>>().join(" ");
    match statement.rsplit_once(" where ") {
        Some((_, condition)) => format!("{} … where {}", verb.trim_end_matches(','), cut(condition)),
        None => cut(statement),
    }
}

fn cut(text: &str) -> String {
    const MOST: usize = 40;
    let cut: String = text.chars().take(MOST).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-01-01 00:00:00.000 UTC [7] LOG:  checkpoint starting: time
2026-01-01 00:00:00.000 UTC [8] LOG:  duration: 0.046 ms  plan:
\tQuery Text: select id, locale
\t    from users where email_canonical = $1
\tIndex Scan using users_email_unique on users  (cost=0.42..8.44 rows=1 width=19) (actual time=0.02..0.03 rows=1 loops=1)
\t  Buffers: shared hit=4
2026-01-01 00:00:00.000 UTC [8] LOG:  duration: 0.010 ms  plan:
\tQuery Text: select 1 from sessions
\tSeq Scan on sessions  (cost=0.00..1.00 rows=1 width=4)
";

    #[test]
    fn statements_on_accounts_are_read_with_their_plans() {
        let statements = parse(LOG);
        let (statement, runs) = statements.first_key_value().unwrap();
        assert_eq!((statements.len(), runs.len()), (1, 1));
        assert_eq!(statement, "select id, locale from users where email_canonical = $1");
        assert!((runs[0].millis - 0.046).abs() < f64::EPSILON);
        assert!(
            runs[0].plan.starts_with("    Index Scan using") && runs[0].plan.ends_with("hit=4\n"),
            "{}",
            runs[0].plan
        );
        assert_eq!(short(statement), "select id … where email_canonical = $1");
    }
}
