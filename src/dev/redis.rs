//! The private Redis: appends every write to a file under the data directory, and has no port.

use chatlink_actors::ports::BoxFuture;
use nix::sys::signal::Signal;

use super::{
    data_dir::DataDir,
    programs::Places,
    service::{Recipe, Service, ServiceError, in_url},
};

const NAME: &str = "redis";

/// How it is reached.
pub(super) fn url(dir: &DataDir) -> String {
    format!("redis+unix://{}", in_url(&dir.sockets(NAME).join("redis.sock"), "/"))
}

pub(super) fn prepare(dir: &DataDir) -> Result<Service, ServiceError> {
    let (home, sockets, owner) = (dir.home(NAME), dir.sockets(NAME), dir.owner());
    owner.make(&home)?;
    owner.make(&sockets)?;
    let program = Places::of_system().redis()?;
    let process = if program.ends_with("valkey-server") { "valkey-server" } else { "redis-server" };
    let mut command = owner.command(&program);
    command.args(["--port", "0", "--unixsocketperm", "700", "--unixsocket"]).arg(sockets.join("redis.sock"));
    command.arg("--dir").arg(&home).args(["--daemonize", "no", "--save", "", "--maxmemory-policy", "noeviction"]);
    // Its arguments stay what they are, by which a leftover is known.
    command.args(["--set-proc-title", "no"]);
    command.args(["--appendonly", if dir.is_temporary() { "no" } else { "yes" }]);
    let works_in = home.clone();
    let recipe = Recipe {
        name: "Redis",
        process,
        command,
        signal: Signal::SIGTERM,
        home,
        works_in,
        locks: Vec::new(),
        url: url(dir),
        probe,
    };
    Ok(Service::new(recipe, dir))
}

/// Ready when it has read its file: until then it answers that it is loading.
fn probe(url: &str) -> BoxFuture<'_, Result<(), String>> {
    Box::pin(async move {
        let ping = async {
            let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
            redis::cmd("PING").query_async::<()>(&mut connection).await
        };
        ping.await.map_err(|error| error.to_string())
    })
}
