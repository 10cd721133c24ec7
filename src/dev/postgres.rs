//! The private Postgres: a cluster of its own under the data directory, with no password and no port. Whoever can
//! enter its socket's directory, which is its owner alone, is its superuser.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::Path,
};

use chatlink_actors::ports::BoxFuture;
use nix::sys::signal::Signal;
use tokio_postgres::NoTls;

use super::{
    data_dir::{DataDir, Owner},
    programs::Places,
    service::{Recipe, Service, ServiceError, in_url},
};

const NAME: &str = "postgres";
/// User and database.
const CHATLINK: &str = "chatlink";

/// How it is reached.
pub(super) fn url(dir: &DataDir) -> String {
    format!("postgres://{CHATLINK}@{}/{CHATLINK}", in_url(&dir.sockets(NAME), "%2F"))
}

/// Makes the cluster if there is none. Cancelled, it begins anew the next time.
pub(super) async fn prepare(dir: &DataDir) -> Result<Service, ServiceError> {
    let (home, sockets, owner) = (dir.home(NAME), dir.sockets(NAME), dir.owner());
    owner.make(&home)?;
    owner.make(&sockets)?;
    let data = home.join("data");
    let version = fs::read_to_string(data.join("PG_VERSION")).ok();
    let programs = Places::of_system().postgres(version.as_deref().and_then(|version| version.trim().parse().ok()))?;
    if version.is_none() {
        initialise(owner, &programs, &data, dir.is_temporary()).await?;
    }

    let mut command = owner.command(&programs.join(NAME));
    command.arg("-D").arg(&data).arg("-k").arg(quoted(&sockets));
    let durable = if dir.is_temporary() { "off" } else { "on" };
    for (name, value) in [
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("port", "5432"),
        ("max_connections", "200"),
        ("timezone", "UTC"),
        ("fsync", durable),
        ("synchronous_commit", durable),
        ("full_page_writes", durable),
    ] {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    let recipe = Recipe {
        name: "Postgres",
        process: NAME,
        command,
        // Fast: open transactions are rolled back, nothing is lost.
        signal: Signal::SIGINT,
        home,
        locks: vec![data.join("postmaster.pid"), sockets.join(".s.PGSQL.5432.lock")],
        works_in: data,
        url: url(dir),
        probe,
    };
    Ok(Service::new(recipe, dir))
}

/// A cluster is there as a whole or not at all, so it is made under another name.
async fn initialise(owner: &Owner, programs: &Path, data: &Path, temporary: bool) -> Result<(), ServiceError> {
    let unfinished = data.with_extension("new");
    let fail = |error| ServiceError::directory(&unfinished, error);
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(fail)?;
    }
    let program = programs.join("initdb");
    let mut command = tokio::process::Command::from(owner.command(&program));
    command.arg("--pgdata").arg(&unfinished).args(["--username", CHATLINK, "--auth", "trust"]);
    command.args(["--encoding", "UTF8", "--locale", "C"]).kill_on_drop(true);
    if temporary {
        command.arg("--no-sync");
    }
    let output = command.output().await.map_err(|error| ServiceError::program(&program, error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(ServiceError::program(&program, std::io::Error::other(said)));
    }
    fs::rename(&unfinished, data).map_err(fail)
}

/// One item of what Postgres takes for a list.
fn quoted(path: &Path) -> OsString {
    let bytes = path.as_os_str().as_bytes().iter().flat_map(|byte| match byte {
        b'"' => vec![b'"', b'"'],
        other => vec![*other],
    });
    OsString::from_vec([b'"'].into_iter().chain(bytes).chain([b'"']).collect())
}

/// Ready when our database can be used. It is made with the first successful connection.
fn probe(url: &str) -> BoxFuture<'_, Result<(), String>> {
    Box::pin(async move {
        let maintenance = url.strip_suffix(CHATLINK).map(|server| format!("{server}postgres")).unwrap_or_default();
        let (client, connection) =
            tokio_postgres::connect(&maintenance, NoTls).await.map_err(|error| error.to_string())?;
        let query = async {
            let found = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&CHATLINK]).await?;
            if found.is_none() {
                client.batch_execute(&format!("CREATE DATABASE {CHATLINK}")).await?;
            }
            Ok::<(), tokio_postgres::Error>(())
        };
        tokio::select! {
            result = query => result.map_err(|error| error.to_string()),
            _ = connection => Err("the connection ended".into()),
        }
    })
}
