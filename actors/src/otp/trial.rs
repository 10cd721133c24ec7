//! Test identifiers: for those who try the app out without a mailbox or a phone, such as the reviewers of an app
//! store. Their codes are known beforehand, until an instant; all else is as for anybody.

use std::{collections::BTreeMap, fmt};

use super::{code::Code, policy::CodeLength};
use crate::{
    identifier::{Identifier, Subject},
    time::Timestamp,
};

/// Identifiers with fixed codes. By default there are none.
#[derive(Clone)]
pub struct TestIdentifiers {
    /// From then on they are identifiers like any other.
    until: Timestamp,
    /// By canonical form.
    codes: BTreeMap<String, Code>,
}

impl TestIdentifiers {
    /// No test identifiers.
    pub const NONE: Self = Self { until: Timestamp::from_millis(i64::MIN), codes: BTreeMap::new() };

    /// These, before that instant.
    pub fn new(until: Timestamp, codes: impl IntoIterator<Item = (Identifier, Code)>) -> Self {
        let codes = codes.into_iter().map(|(identifier, code)| (identifier.canonical(), code)).collect();
        Self { until, codes }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// When they end.
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// The code of a subject that is one of them at that instant. No user name is, whoever's it is: its canonical form
    /// is that of no identifier.
    pub fn code(&self, subject: &impl Subject, now: Timestamp) -> Option<&Code> {
        self.codes.get(&subject.canonical()).filter(|_| now < self.until)
    }
}

impl Default for TestIdentifiers {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for TestIdentifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestIdentifiers(…)")
    }
}

impl Code {
    /// A code of these digits, 6 to 10 of them, or `None`.
    pub fn fixed(digits: &str) -> Option<Self> {
        let fits = length(digits).is_some() && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self::of_digits(digits))
    }

    /// How many digits it has.
    pub(super) fn length(&self) -> Option<CodeLength> {
        length(self.digits())
    }
}

fn length(digits: &str) -> Option<CodeLength> {
    CodeLength::new(u8::try_from(digits.len()).ok()?)
}
