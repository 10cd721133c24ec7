//! The layers that settings come from, flattened to dotted keys. A later layer overrides an earlier one.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use chatlink_actors::time::Timestamp;

use super::problem::{Origin, Problem};

const ENVIRONMENT_PREFIX: &str = "CHATLINK__";
const DEFAULT_FILE: &str = "chatlink.toml";

/// A value before it has a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// A scalar; where a list is wanted, its items with commas between them.
    Text(String),
    /// A TOML array.
    List(Vec<String>),
}

/// Dotted keys with their values, each of the last layer that had it.
#[derive(Default)]
pub struct Sources {
    pub(super) values: BTreeMap<String, (Raw, Origin)>,
    pub(super) problems: Vec<Problem>,
    /// The present, by which it is judged whether something that is set has passed.
    pub(super) now: Option<Timestamp>,
}

impl Sources {
    /// No layer yet: all defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says when this is. Without it, nothing that is set has passed.
    #[must_use]
    pub const fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Adds a settings file: the one named, else `chatlink.toml` in the working directory where that exists.
    #[must_use]
    pub fn file(mut self, named: Option<&Path>) -> Self {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        match fs::read_to_string(path) {
            Ok(text) => self.toml(path, &text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.problem(path.display().to_string(), None, format!("cannot be read: {error}")),
        }
        self
    }

    /// Adds the environment: `CHATLINK__SECTION__KEY`.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            let key = path.to_lowercase().replace("__", ".");
            let origin = Origin::Environment(name.to_owned());
            match value.into_string() {
                Ok(value) => self.set(key, Raw::Text(value), origin),
                Err(_) => self.problem(key, Some(origin), "is not UTF-8".into()),
            }
        }
        self
    }

    /// Adds `key=value` pairs given to a flag.
    #[must_use]
    pub fn flags(mut self, flag: &'static str, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        for (key, value) in pairs {
            self.set(key, Raw::Text(value), Origin::Flag(flag));
        }
        self
    }

    /// Adds what development mode makes up, unless a layer has it already.
    #[must_use]
    pub fn development(mut self, key: &str, value: impl Into<String>) -> Self {
        if !self.has(key) {
            self.set(key.to_owned(), Raw::Text(value.into()), Origin::Development);
        }
        self
    }

    /// Whether a layer sets the key.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    fn set(&mut self, key: String, value: Raw, origin: Origin) {
        self.values.insert(key, (value, origin));
    }

    fn problem(&mut self, subject: String, origin: Option<Origin>, what: String) {
        self.problems.push(Problem { subject, origin, what });
    }

    fn toml(&mut self, path: &Path, text: &str) {
        match text.parse::<toml::Table>() {
            Ok(table) => self.table("", table, path),
            Err(error) => {
                // Not the error's own Display: that quotes the line, and the line may hold a secret.
                let line =
                    error.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count());
                let subject = format!("{}, line {line},", path.display());
                self.problem(subject, None, format!("is not TOML: {}", error.message()));
            }
        }
    }

    fn table(&mut self, prefix: &str, table: toml::Table, path: &Path) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            let origin = Origin::File(PathBuf::from(path));
            match value {
                toml::Value::Table(inner) => self.table(&key, inner, path),
                toml::Value::Array(items) => match items.into_iter().map(scalar).collect() {
                    Some(items) => self.set(key, Raw::List(items), origin),
                    None => self.problem(key, Some(origin), "is a list of lists or tables, which no setting is".into()),
                },
                value => {
                    if let Some(text) = scalar(value) {
                        self.set(key, Raw::Text(text), origin);
                    }
                }
            }
        }
    }
}

fn scalar(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Datetime(instant) => Some(instant.to_string()),
        toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}
