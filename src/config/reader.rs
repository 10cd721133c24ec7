//! Takes typed values out of the sources, and keeps account: of what is wrong, and of what holds.

use std::{collections::BTreeMap, fmt::Write as _};

use chatlink_actors::time::Timestamp;

use super::{
    problem::{Origin, Problem, Problems},
    sources::{Raw, Sources},
    value::Setting,
};

/// Whom the server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The world: nothing may be missing, weak or contradictory.
    Production,
    /// A developer: private stores, a mailbox instead of carriers, made-up secrets.
    Development,
}

/// A setting as it holds.
#[derive(Clone, Debug)]
pub(super) struct Effective {
    key: String,
    /// TOML; `None` where nothing is set.
    shown: Option<String>,
    origin: Origin,
}

/// One pass over all sections.
pub(super) struct Reader {
    mode: Mode,
    now: Option<Timestamp>,
    sources: BTreeMap<String, (Raw, Origin)>,
    effective: Vec<Effective>,
    problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(sources: Sources, mode: Mode) -> Self {
        Self { mode, now: sources.now, sources: sources.values, effective: Vec::new(), problems: sources.problems }
    }

    pub(super) fn is_production(&self) -> bool {
        self.mode == Mode::Production
    }

    /// Whether it is past that instant, if the present is known. At the instant counts as past.
    pub(super) fn has_passed(&self, at: Timestamp) -> bool {
        self.now.is_some_and(|now| at <= now)
    }

    /// Whether somebody set it, development mode not counted.
    pub(super) fn is_chosen(&self, key: &str) -> bool {
        self.sources.get(key).is_some_and(|(_, origin)| *origin != Origin::Development)
    }

    /// A setting that may be absent.
    pub(super) fn optional<T: Setting>(&mut self, key: &str) -> Option<T> {
        self.take(key, &T::expected(), None, |raw| one(raw), |value| toml(value))
    }

    /// A setting with a default.
    pub(super) fn with_default<T: Setting>(&mut self, key: &str, default: T) -> T {
        let shown = toml(&default);
        self.take(key, &T::expected(), Some(shown), |raw| one(raw), |value| toml(value)).unwrap_or(default)
    }

    /// A setting without which the server does not start. `None` is a named problem.
    pub(super) fn required<T: Setting>(&mut self, key: &str) -> Option<T> {
        let value = self.optional(key);
        if value.is_none() {
            self.refuse(key, "is missing");
        }
        value
    }

    /// A list with a default.
    pub(super) fn list<T: Setting>(&mut self, key: &str, default: Vec<T>) -> Vec<T> {
        let shown = toml_list(&default);
        let expected = format!("a list, each item {}", T::expected());
        self.take(key, &expected, Some(shown), many, |values| toml_list(values)).unwrap_or(default)
    }

    /// A list that may be absent but not empty.
    pub(super) fn optional_list<T: Setting>(&mut self, key: &str) -> Option<Vec<T>> {
        let expected = format!("a list of at least one item, each {}", T::expected());
        let nonempty = |raw: &Raw| many(raw).filter(|values: &Vec<T>| !values.is_empty());
        self.take(key, &expected, None, nonempty, |values| toml_list(values))
    }

    /// Names a contradiction or a weakness, unless something else is wrong with that key already.
    pub(super) fn refuse(&mut self, key: &str, what: impl Into<String>) {
        if self.problems.iter().any(|problem| problem.subject == key) {
            return;
        }
        let origin = self.sources.get(key).map(|(_, origin)| origin.clone());
        self.problems.push(Problem { subject: key.to_owned(), origin, what: what.into() });
    }

    /// What holds and what is wrong; keys that nobody asked for are wrong too.
    pub(super) fn finish(mut self) -> (Vec<Effective>, Problems) {
        let unknown: Vec<_> =
            self.sources.iter().filter(|(key, _)| !self.effective.iter().any(|e| e.key == **key)).collect();
        for (key, (_, origin)) in unknown {
            let what = self.explain_unknown(key);
            self.problems.push(Problem { subject: key.clone(), origin: Some(origin.clone()), what });
        }
        (self.effective, Problems(self.problems))
    }

    /// What is wrong with the sections that were read, where there are others beside them.
    pub(super) fn finish_partially(self) -> Problems {
        Problems(self.problems)
    }

    pub(super) fn take<T>(
        &mut self,
        key: &str,
        expected: &str,
        default: Option<String>,
        parse: impl FnOnce(&Raw) -> Option<T>,
        show: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        let given = self.sources.get(key).cloned();
        let value = given.as_ref().and_then(|(raw, _)| parse(raw));
        if given.is_some() && value.is_none() {
            self.refuse(key, format!("should be {expected}"));
        }
        let shown = value.as_ref().map(show).or(default);
        let origin = given.map_or(Origin::Default, |(_, origin)| origin);
        self.effective.push(Effective { key: key.to_owned(), shown, origin });
        value
    }

    fn explain_unknown(&self, key: &str) -> String {
        const RESEMBLES: f64 = 0.8;
        let section = format!("{key}.");
        if self.effective.iter().any(|known| known.key.starts_with(&section)) {
            return "is a section, not a setting".into();
        }
        let nearest = self
            .effective
            .iter()
            .map(|known| (strsim::normalized_damerau_levenshtein(key, &known.key), &known.key))
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        match nearest {
            Some((likeness, known)) if likeness >= RESEMBLES => format!("is not a setting; did you mean {known}?"),
            _ => "is not a setting".into(),
        }
    }
}

fn one<T: Setting>(raw: &Raw) -> Option<T> {
    match raw {
        Raw::Text(text) => T::parse(text),
        Raw::List(_) => None,
    }
}

fn many<T: Setting>(raw: &Raw) -> Option<Vec<T>> {
    match raw {
        Raw::Text(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect(),
        Raw::List(items) => items.iter().map(|item| T::parse(item)).collect(),
    }
}

fn toml<T: Setting>(value: &T) -> String {
    value.show().to_string()
}

fn toml_list<T: Setting>(values: &[T]) -> String {
    toml::Value::Array(values.iter().map(Setting::show).collect()).to_string()
}

/// TOML tables in the order of the sections, with the source of each value as a comment.
pub(super) fn describe(effective: &[Effective]) -> String {
    let mut text = String::new();
    let mut current = "";
    for Effective { key, shown, origin } in effective {
        let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
        if section != current {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}[{section}]");
            current = section;
        }
        let _ = match shown {
            Some(shown) => writeln!(text, "{name} = {shown} # {origin}"),
            None => writeln!(text, "# {name} is not set"),
        };
    }
    text
}
