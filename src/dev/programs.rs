//! Finds the services' programs, and says what to install where there are none.

use std::path::{Path, PathBuf};

use super::service::ServiceError;

/// Where programs may be.
pub(super) struct Places {
    /// Directories whose entries are versions of Postgres, with the programs in `bin` under each.
    versioned: Vec<PathBuf>,
    /// Directories of programs.
    flat: Vec<PathBuf>,
}

impl Places {
    /// The directories of PATH, and those in which distributions put what is not on everybody's PATH.
    pub(super) fn of_system() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let elsewhere = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin"].map(PathBuf::from);
        Self {
            versioned: ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt"].map(PathBuf::from).into(),
            flat: std::env::split_paths(&path).chain(elsewhere).collect(),
        }
    }

    /// The directory with `postgres` and `initdb`: of this major version, else of the newest. Where only PATH has
    /// them, no version can be told; if it is another one, Postgres itself will say so.
    pub(super) fn postgres(&self, version: Option<u32>) -> Result<PathBuf, ServiceError> {
        let mut versions: Vec<_> = self.versioned.iter().flat_map(|base| versions_in(base)).collect();
        versions.sort();
        let fits = |(major, _): &(u32, PathBuf)| version.is_none_or(|version| version == *major);
        let versioned = versions.into_iter().rev().find(fits).map(|(_, directory)| directory);
        let beside_initdb = || self.find("initdb")?.canonicalize().ok()?.parent().map(Path::to_owned);
        versioned.or_else(beside_initdb).ok_or_else(|| ServiceError::Missing {
            program: "postgres",
            package: version.map_or("postgresql".into(), |version| format!("postgresql-{version}")),
        })
    }

    /// `redis-server`, or Valkey's.
    pub(super) fn redis(&self) -> Result<PathBuf, ServiceError> {
        let missing = ServiceError::Missing { program: "redis-server", package: "redis-server".into() };
        ["redis-server", "valkey-server"].into_iter().find_map(|name| self.find(name)).ok_or(missing)
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.flat.iter().map(|directory| directory.join(program)).find(|path| path.is_file())
    }
}

/// The versions of Postgres in a directory, named `15` or `postgresql@15`.
fn versions_in(base: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = base.read_dir() else { return Vec::new() };
    let found = entries.flatten().filter_map(|entry| {
        let version = entry.file_name().to_str()?.trim_start_matches("postgresql@").parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").is_file().then_some((version, programs))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn install(root: &Path, program: &str) -> PathBuf {
        let path = root.join(program);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        path.parent().unwrap().canonicalize().unwrap()
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_installs_it() {
        let nowhere = Places { versioned: vec!["/nonexistent".into()], flat: vec!["/nonexistent".into()] };
        for (error, package) in [
            (nowhere.postgres(None).unwrap_err(), "postgresql"),
            (nowhere.postgres(Some(15)).unwrap_err(), "postgresql-15"),
            (nowhere.redis().unwrap_err(), "redis-server"),
        ] {
            let message = error.to_string();
            assert!(message.ends_with(&format!("sudo apt-get install {package}")), "{message}");
            assert_eq!(message.lines().count(), 1);
        }
    }

    #[test]
    fn the_newest_postgres_is_taken_unless_the_data_is_of_another() {
        let root = tempfile::tempdir().unwrap();
        let [nine, fifteen] = ["9/bin/initdb", "15/bin/initdb"].map(|program| install(root.path(), program));
        fs::create_dir(root.path().join("16")).unwrap();
        let places = Places { versioned: vec![root.path().canonicalize().unwrap()], flat: Vec::new() };
        assert_eq!(places.postgres(None).unwrap(), fifteen);
        assert_eq!(places.postgres(Some(9)).unwrap(), nine);
        assert!(places.postgres(Some(16)).is_err());
    }

    #[test]
    fn programs_on_the_path_do_as_well() {
        let root = tempfile::tempdir().unwrap();
        let programs = install(root.path(), "initdb");
        let places = Places { versioned: Vec::new(), flat: vec![root.path().to_owned()] };
        assert_eq!(places.postgres(None).unwrap(), programs);
        install(root.path(), "valkey-server");
        assert!(places.redis().unwrap().ends_with("valkey-server"));
    }
}
