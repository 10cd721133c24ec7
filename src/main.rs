//! The program: reads the command line, sees to it that signals end things in order, and says how it went.

mod cli;

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use chatlink::{
    adapters::system::SystemEntropy,
    app::{self, App, RunError, StartError, Surroundings},
    config::{Mode, Postgres, Problems, Settings, Sources},
    dev::{DataDir, ServiceError, Services, Wanted},
    telemetry::{self, Lines, TelemetryError},
};
use clap::Parser as _;
use cli::{Cli, Command, admin::AdminError};
use futures_util::FutureExt as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let lines = match Lines::start() {
        Ok(lines) => lines,
        Err(error) => {
            eprintln!("chatlink: no thread for the log: {error}");
            return ExitCode::FAILURE;
        }
    };
    let Err(failure) = run(&cli, &lines) else { return ExitCode::SUCCESS };
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{failure}");
    } else {
        eprintln!("chatlink: {failure}");
    }
    failure.exit_code()
}

/// Why the program ends with another code than 0.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
enum Failure {
    Settings(#[from] Problems),
    Services(#[from] ServiceError),
    Start(#[from] StartError),
    Run(#[from] RunError),
    Telemetry(#[from] TelemetryError),
    Admin(#[from] AdminError),
    System(#[from] io::Error),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_) | Self::Admin(AdminError::Settings(_) | AdminError::NobodyToAsk) => ExitCode::from(2),
            Self::Services(_)
            | Self::Start(_)
            | Self::Run(_)
            | Self::Telemetry(_)
            | Self::Admin(_)
            | Self::System(_) => ExitCode::FAILURE,
        }
    }
}

fn run(cli: &Cli, lines: &Lines) -> Result<(), Failure> {
    match &cli.command {
        Command::Serve(_) => {
            let settings = Settings::read(cli.sources(), Mode::Production)?;
            let traces = telemetry::init(&settings.log, lines, Some(&settings.telemetry))?;
            block_on(async {
                let outcome = serve(settings).await;
                traces.finish().await;
                outcome
            })
        }
        Command::Migrate => {
            let (postgres, log) = Postgres::alone(cli.sources())?;
            let _nowhere = telemetry::init(&log, lines, None)?;
            block_on(async { Ok(app::migrate(&postgres).await?) })
        }
        Command::Dev { data_dir, .. } => block_on(dev(data_dir, cli.sources(), lines)),
        Command::Admin(admin) => {
            let sources = match &admin.data_dir {
                Some(data_dir) => made_up(cli.sources(), &DataDir::visit(data_dir)?)?,
                None => cli.sources(),
            };
            block_on(async { print(&admin.run(sources).await?) })
        }
        Command::Check => print(&Settings::read(cli.sources(), Mode::Production)?.describe()),
        Command::Openapi => print(app::openapi()),
    }
}

/// Runs on the root runtime, to which pools and connections belong. It has several threads, for the connections'
/// tasks are not to wait for each other.
fn block_on(future: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(future)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let app = tokio::select! {
        app = App::build(&settings, Surroundings::system()) => app?,
        () = signals.next() => return Ok(()),
    };
    print(&format!("Listening at {}, for operators at {}\n", app.address(), app.admin_address()))?;
    Ok(app.run_until(signals.first()).await?)
}

async fn dev(data_dir: &Path, sources: Sources, lines: &Lines) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let dir = DataDir::open(data_dir)?;
    let wanted = Wanted { postgres: !sources.has("postgres.url"), redis: !sources.has("redis.url") };
    let settings = Settings::read(made_up(sources, &dir)?, Mode::Development)?;
    let traces = telemetry::init(&settings.log, lines, Some(&settings.telemetry))?;
    if let Some(place) = dir.elsewhere() {
        let place = place.display();
        tracing::info!("the services cannot enter {}, so their data is in {place}", data_dir.display());
    }
    let services = tokio::select! {
        services = Services::start(dir, wanted) => services?,
        () = signals.next() => return Ok(()),
    };
    let outcome = tokio::select! {
        outcome = serve_developer(settings, signals) => outcome,
        error = services.died() => Err(error.into()),
    };
    services.stop().await;
    traces.finish().await;
    outcome
}

/// What development mode knows better than to ask for.
fn made_up(sources: Sources, dir: &DataDir) -> Result<Sources, ServiceError> {
    let has_secret = sources.has("secrets.key") || sources.has("secrets.key_file");
    let sources = sources
        .development("postgres.url", Services::postgres_url(dir))
        .development("redis.url", Services::redis_url(dir));
    if has_secret {
        return Ok(sources);
    }
    let secret = dir.secret(&SystemEntropy)?;
    Ok(sources.development("secrets.key_file", secret.display().to_string()))
}

async fn serve_developer(settings: Settings, mut signals: Signals) -> Result<(), Failure> {
    let wanted = settings.http.bind.address;
    let build = async {
        app::migrate(&settings.postgres).await?;
        App::build(&settings, Surroundings::system()).await
    };
    let app = tokio::select! {
        app = build => app?,
        () = signals.next() => return Ok(()),
    };
    let (url, address, admin) = (app.public_url(), app.address(), app.admin_address());
    let moved = if wanted.port() == 0 || wanted == address {
        String::new()
    } else {
        format!("Port {} is taken, so this is port {}.\n", wanted.port(), address.port())
    };
    print(&format!(
        "\nChatLink runs in development mode.\n{moved}\n  \
           start here      {url}/\n  \
           mailbox         {url}/dev/mailbox\n  \
           API reference   {url}/docs\n  \
           metrics         http://{admin}/metrics\n\n\
         Ctrl-C stops everything.\n\n"
    ))?;
    Ok(app.run_until(signals.first()).await?)
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever read it has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// What asks the process to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on, signals no longer end the process by themselves.
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Completes with the next one. Cancel-safe.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Completes with the first one. A second one, whenever it comes, ends the process at once.
    async fn first(mut self) {
        /// `timeout` and some supervisors signal the process and then its group: that is one signal, not two.
        const ECHO: Duration = Duration::from_millis(500);
        self.next().await;
        tokio::spawn(async move {
            tokio::time::sleep(ECHO).await;
            while self.next().now_or_never().is_some() {}
            self.next().await;
            std::process::exit(1);
        });
    }
}
