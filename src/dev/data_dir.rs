//! The directory that development mode keeps everything in, and the user that the services run as.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Write as _},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, lchown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chatlink_actors::ports::Entropy;
use nix::unistd::{User, geteuid};
use sha2::{Digest as _, Sha256};

use super::service::ServiceError;

/// Where the services' files go when their user cannot reach the data directory.
const SHARED_STATE: &str = "/var/lib/chatlink-dev";
/// What a unix socket's path may be long (`sun_path` less its final zero), less `/postgres/.s.PGSQL.5432`.
const LONGEST_SOCKETS: usize = 103 - 23;

/// A directory that this process alone works in, as long as the value lives, unless it only [visits](Self::visit).
#[derive(Debug)]
pub struct DataDir {
    /// Where the secret is.
    path: PathBuf,
    /// Where the services' files are: mostly the same.
    place: PathBuf,
    /// Where their sockets are: mostly the same.
    sockets: PathBuf,
    owner: Owner,
    lifetime: Lifetime,
}

/// Whether anything is left behind.
#[derive(Debug)]
enum Lifetime {
    /// Kept for the next time, and locked meanwhile.
    Kept { _lock: File },
    /// Another process works in it.
    Visited,
    /// Removed with the services.
    Temporary,
}

/// Whom the services run as, for Postgres refuses to be root.
#[derive(Clone, Debug)]
pub(super) enum Owner {
    /// This process's own user.
    Same,
    /// An unprivileged user, since we are root.
    Other { uid: u32, gid: u32 },
}

impl DataDir {
    /// Opens the directory, makes it if need be, and locks it.
    ///
    /// # Errors
    /// Another process works in it, or it cannot be written.
    pub fn open(path: &Path) -> Result<Self, ServiceError> {
        let owner = Owner::choose()?;
        // The services' user has to pass through; what is in it is closed to everybody else.
        let mode = if matches!(owner, Owner::Same) { 0o700 } else { 0o711 };
        let fail = |error| ServiceError::directory(path, error);
        DirBuilder::new().recursive(true).mode(mode).create(path).map_err(fail)?;
        let path = fs::canonicalize(path).map_err(fail)?;
        let lock = lock(&path)?;
        let place = if owner.can_enter(&path)? { path.clone() } else { outside(&path, &owner)? };
        let sockets = short(&place, &owner)?;
        Ok(Self { path, place, sockets, owner, lifetime: Lifetime::Kept { _lock: lock } })
    }

    /// Finds what another process keeps in a directory, which is left as it is.
    ///
    /// # Errors
    /// There is no such directory.
    pub fn visit(path: &Path) -> Result<Self, ServiceError> {
        let owner = Owner::choose()?;
        let path = fs::canonicalize(path).map_err(|error| ServiceError::directory(path, error))?;
        let place = if owner.can_enter(&path)? { path.clone() } else { place_outside(&path) };
        let sockets = if fits(&place) { place.clone() } else { sockets_outside(&place) };
        Ok(Self { path, place, sockets, owner, lifetime: Lifetime::Visited })
    }

    /// A new directory, of which nothing is left when its services have ended, even if this process is killed.
    ///
    /// # Errors
    /// No directory can be made.
    pub fn temporary() -> Result<Self, ServiceError> {
        let owner = Owner::choose()?;
        let base = std::env::temp_dir();
        let base = if base.as_os_str().len() < LONGEST_SOCKETS / 2 { base } else { PathBuf::from("/tmp") };
        for attempt in 0_u32.. {
            let path = base.join(format!("chatlink-{}-{attempt}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    owner.take(&path)?;
                    let (place, sockets) = (path.clone(), path.clone());
                    return Ok(Self { path, place, sockets, owner, lifetime: Lifetime::Temporary });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(ServiceError::directory(&path, error)),
            }
        }
        unreachable!("there are more names than directories")
    }

    /// The file with the secret that codes and tokens derive from, made with the first call, except by a visitor.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn secret(&self, entropy: &dyn Entropy) -> Result<PathBuf, ServiceError> {
        let path = self.path.join("secret");
        if path.exists() || matches!(self.lifetime, Lifetime::Visited) {
            return Ok(path);
        }
        let write = || {
            let unfinished = self.path.join("secret.new");
            let mut file =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
            writeln!(file, "{}", STANDARD.encode(entropy.array::<32>()))?;
            file.sync_all()?;
            fs::rename(unfinished, &path)
        };
        write().map_err(|error| ServiceError::directory(&path, error))?;
        Ok(path)
    }

    /// Where the services' files are when they are not in the directory that was named.
    pub fn elsewhere(&self) -> Option<&Path> {
        (self.place != self.path).then_some(&self.place)
    }

    /// Removes what is outside the directory and of no use without the services, which are gone.
    pub(super) fn leave(&self) {
        if self.sockets != self.place {
            // What cannot be removed is for the system to clean up, like everything in its directory for such things.
            let _ = fs::remove_dir_all(&self.sockets);
        }
    }

    pub(super) fn is_temporary(&self) -> bool {
        matches!(self.lifetime, Lifetime::Temporary)
    }

    pub(super) const fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The directory of a service's files. Not made yet.
    pub(super) fn home(&self, service: &str) -> PathBuf {
        self.place.join(service)
    }

    /// The directory of a service's socket. Not made yet.
    pub(super) fn sockets(&self, service: &str) -> PathBuf {
        self.sockets.join(service)
    }
}

impl Owner {
    fn choose() -> Result<Self, ServiceError> {
        if !geteuid().is_root() {
            return Ok(Self::Same);
        }
        let found = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
        let user = found.ok_or(ServiceError::NoUser)?;
        Ok(Self::Other { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
    }

    /// A command that runs as this user, with nothing of our environment.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        if let Self::Other { uid, gid } = self {
            // The standard library drops the supplementary groups along with the user.
            command.uid(*uid).gid(*gid);
        }
        command
    }

    /// Makes a directory that this user alone can enter, or sees that an existing one is such.
    pub(super) fn make(&self, path: &Path) -> Result<(), ServiceError> {
        let fail = |error| ServiceError::directory(path, error);
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(fail(error)),
            _ => {}
        }
        let found = fs::symlink_metadata(path).map_err(fail)?;
        let ours = [geteuid().as_raw(), self.uid()].contains(&found.uid());
        if !found.is_dir() || !ours || found.mode() & 0o077 != 0 {
            let what = "it is there already, and another user's or open to others: remove it";
            return Err(fail(io::Error::other(what)));
        }
        self.take(path)
    }

    fn take(&self, path: &Path) -> Result<(), ServiceError> {
        match self {
            Self::Same => Ok(()),
            Self::Other { uid, gid } => {
                lchown(path, Some(*uid), Some(*gid)).map_err(|error| ServiceError::directory(path, error))
            }
        }
    }

    fn uid(&self) -> u32 {
        match self {
            Self::Same => geteuid().as_raw(),
            Self::Other { uid, .. } => *uid,
        }
    }

    /// Asks the system itself, since permissions are more than mode bits.
    fn can_enter(&self, path: &Path) -> Result<bool, ServiceError> {
        let shell = Path::new("/bin/sh");
        let status = self.command(shell).args(["-c", "cd -- \"$0\" 2>/dev/null"]).arg(path).status();
        status.map(|status| status.success()).map_err(|error| ServiceError::program(shell, error))
    }
}

fn lock(path: &Path) -> Result<File, ServiceError> {
    let fail = |error| ServiceError::directory(path, error);
    let file = File::create(path.join("lock")).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ServiceError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(fail(error)),
    }
}

/// A place for the services of a data directory that their user cannot enter.
fn outside(path: &Path, owner: &Owner) -> Result<PathBuf, ServiceError> {
    let base = Path::new(SHARED_STATE);
    DirBuilder::new().recursive(true).mode(0o711).create(base).map_err(|error| ServiceError::directory(base, error))?;
    let place = place_outside(path);
    owner.make(&place)?;
    Ok(place)
}

fn place_outside(path: &Path) -> PathBuf {
    Path::new(SHARED_STATE).join(fingerprint(path))
}

/// The place itself where a socket's path fits, else one that is short enough.
fn short(place: &Path, owner: &Owner) -> Result<PathBuf, ServiceError> {
    if fits(place) {
        return Ok(place.to_owned());
    }
    let sockets = sockets_outside(place);
    owner.make(&sockets)?;
    Ok(sockets)
}

fn fits(place: &Path) -> bool {
    place.as_os_str().len() <= LONGEST_SOCKETS
}

fn sockets_outside(place: &Path) -> PathBuf {
    Path::new("/tmp").join(format!("chatlink-{}", fingerprint(place)))
}

/// Names a directory in another place: 72 bits of its path's hash.
fn fingerprint(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_bytes());
    URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default())
}
