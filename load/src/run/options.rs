//! What can be asked for.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use crate::{
    engine::{Arrivals, Load, Plan, Threshold},
    scenarios::Scenario,
};

const EXAMPLES: &str = "\
Without --url it starts a server of its own: `chatlink dev` with a temporary directory, raised limits and free ports,
which sends its mails and texts to this program. With --url it loads that one, whose limits have to allow it (see
load/README.md), and takes codes from its development mailbox, or from its mails and texts:

  chatlink-load run registration --rate 20 --duration 30s
  chatlink-load run mixed --rate 100 --ramp-up 10s --threshold 'p99<50ms' --threshold 'verify.p99<20ms'
  chatlink-load run login-storm --users 64 --duration 20s --threshold 'rate>40/s'
  chatlink-load run watchers --sessions 5000 --rate 50 --threshold 'frame.p99<100ms'
  chatlink-load run soak --duration 8h --url http://10.0.0.5:8080 --metrics-url http://10.0.0.5:9090/metrics \\
      --smtp-sink 0.0.0.0:2525      # and there: smtp.url = smtp://10.0.0.9:2525

--rate is the open model: visits begin when they are due, whether or not the server keeps up, and their first request
is timed from then. --users is the closed one: each begins again when it is through; it finds what a server can do, and
says little about how long people wait.

Thresholds: [STEP.]METRIC<LIMIT or >LIMIT. Metrics: p50, p99, p99.9 ..., mean, max (50ms, 2s); errors, shed (0.1%);
rate (1000/s); count; memory (200MB) and memory-growth (20%) of the server. Without a step, latency is that of all
requests; errors and rate are those of visits.

Ctrl-C ends a run early, and it is reported. Exit code: 0 all thresholds kept to, 1 not, 2 it could not be run.";

/// Runs a scenario against a server, and says how it bore that.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// What people do
    #[arg(default_value = "mixed")]
    pub scenario: Scenario,
    /// The server to load, over plain http; without it, one of its own is started
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Visits a second, whatever the server does; what is usual for the scenario unless --users is given
    #[arg(long, value_name = "N[/s]", value_parser = rate, conflicts_with = "users")]
    pub rate: Option<f64>,
    /// How the visits of --rate are spaced
    #[arg(long, value_enum, default_value_t = Spacing::Poisson)]
    pub arrivals: Spacing,
    /// So many users instead, each beginning again when it is through
    #[arg(long, value_name = "N", value_parser = positive)]
    pub users: Option<usize>,
    /// Connections at most, with --rate; what is due and finds none free waits, and that counts
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = positive)]
    pub connections: usize,
    /// How long the load rises; not measured
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = humantime::parse_duration)]
    pub ramp_up: Duration,
    /// How long it goes on then before it is measured
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = humantime::parse_duration)]
    pub warm_up: Duration,
    /// How long is measured; of soak 1h, else 30s
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub duration: Option<Duration>,
    /// What has to hold, such as 'verify.p99<20ms'; may be repeated. Errors have to stay below 0.1% unless said otherwise
    #[arg(long = "threshold", value_name = "WHAT")]
    pub thresholds: Vec<Threshold>,
    /// How long a request, or the delivery of a code, may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    pub timeout: Duration,
    /// Threads of this program; half of the cores unless given
    #[arg(long, value_name = "N", value_parser = positive)]
    pub threads: Option<usize>,
    /// Repeats the arrivals and choices of another run; addresses are new in each
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Accounts that are prepared, where the scenario needs any
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = positive)]
    pub accounts: usize,
    /// Registrations under way that are prepared; of watchers, the sockets. 1000 for watchers, else 200
    #[arg(long, value_name = "N", value_parser = positive)]
    pub sessions: Option<usize>,
    /// The share of people who register with a phone number, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub phones: Option<f64>,
    /// Take the server's mails here, by SMTP; its smtp.url has to name this
    #[arg(long, value_name = "ADDRESS")]
    pub smtp_sink: Option<SocketAddr>,
    /// Take the server's texts here, as its SMS gateway; its sms.url has to name this
    #[arg(long, value_name = "ADDRESS")]
    pub sms_sink: Option<SocketAddr>,
    /// Where the server's metrics are; without it, nothing is said about what it spent
    #[arg(long, value_name = "URL")]
    pub metrics_url: Option<String>,
    /// The server's program, where it is started from here; the `chatlink` beside this program unless given
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub server: Option<PathBuf>,
    /// A setting of the server that is started, such as http.workers=2; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", conflicts_with = "url")]
    pub settings: Vec<String>,
    /// Where the report is written as JSON; target/load/SCENARIO-TIME.json unless given
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where the report is written as HTML; beside the JSON unless given
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// How visits are spaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Spacing {
    /// Independently of each other, as people come
    Poisson,
    /// Evenly
    Constant,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: Option<f64> = text.trim_end_matches("/s").parse().ok();
    rate.filter(|rate| rate.is_finite() && *rate > 0.0).ok_or_else(|| "expected visits a second, such as 50/s".into())
}

fn share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "expected a number from 0 to 1".into())
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "expected a number above 0".into())
}

impl Options {
    /// The plan of the run.
    pub fn plan(&self, seed: u64) -> Plan {
        let usually = if self.scenario == Scenario::Soak { 3600 } else { 30 };
        let duration = self.duration.unwrap_or(Duration::from_secs(usually));
        let arrivals = match self.arrivals {
            Spacing::Poisson => Arrivals::Poisson,
            Spacing::Constant => Arrivals::Constant,
        };
        let rate = self.rate.unwrap_or_else(|| self.scenario.usual_rate());
        let usual = Plan::open(rate, arrivals, duration);
        let load = match self.users {
            Some(users) => Load::Closed { users },
            None => Load::Open { rate, arrivals, most_users: self.connections, seed },
        };
        Plan {
            load,
            threads: self.threads.unwrap_or(usual.threads),
            ramp_up: self.ramp_up,
            warm_up: self.warm_up,
            // Whatever has not ended after the patience with one request has not lost it by waiting.
            grace: self.timeout,
            ..usual
        }
    }

    /// The thresholds that were asked for, and the scenario's own for what nothing was said about.
    pub fn all_thresholds(&self) -> Vec<Threshold> {
        let mut all = self.thresholds.clone();
        let own = self.scenario.thresholds().iter().filter_map(|text| text.parse::<Threshold>().ok());
        for threshold in own {
            if !all.iter().any(|asked| asked.step.is_none() && asked.metric == threshold.metric) {
                all.push(threshold);
            }
        }
        all
    }

    /// Registrations under way to prepare.
    pub fn all_sessions(&self) -> usize {
        self.sessions.unwrap_or(if self.scenario == Scenario::Watchers { 1000 } else { 200 })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn parse(arguments: &str) -> Result<Options, clap::Error> {
        Cli::try_parse_from(["run"].into_iter().chain(arguments.split_whitespace())).map(|cli| cli.options)
    }

    #[test]
    fn an_ordinary_run_needs_no_options() {
        let options = parse("").unwrap();
        let plan = options.plan(1);
        assert_eq!((options.scenario, plan.duration), (Scenario::Mixed, Duration::from_secs(30)));
        assert!(matches!(plan.load, Load::Open { rate, .. } if rate.total_cmp(&Scenario::Mixed.usual_rate()).is_eq()));
        let own: Vec<_> = options.all_thresholds().iter().map(ToString::to_string).collect();
        assert_eq!(own, ["errors<0.1%", "shed<0.1%"]);
    }

    #[test]
    fn what_is_asked_for_replaces_what_is_usual() {
        let options =
            parse("soak --users 5 --duration 1m30s --threshold errors<5% --threshold start.errors<1%").unwrap();
        let plan = options.plan(1);
        assert!(matches!(plan.load, Load::Closed { users: 5 }));
        assert_eq!(plan.duration, Duration::from_secs(90));
        let all: Vec<_> = options.all_thresholds().iter().map(ToString::to_string).collect();
        assert_eq!(all, ["errors<5%", "start.errors<1%", "shed<0.1%", "memory-growth<25%"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            "nothing",
            "mixed --rate 0",
            "mixed --rate 5 --users 5",
            "me --threshold p99",
            "me --users 0",
            "me --phones 2",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse("me --rate 50/s").is_ok());
    }
}
