//! The rules of one-time codes, per purpose, and the limits that hold across sessions.

use std::{collections::BTreeSet, num::NonZeroU16, time::Duration};

use chatlink_actors::{
    identifier::Identifier,
    otp::{Code, CodeLength, Limits, Policy, Rate, TestIdentifiers},
    time::Timestamp,
};

use super::{reader::Reader, value::Setting};

const SIX_DIGITS: CodeLength = match CodeLength::new(6) {
    Some(length) => length,
    None => unreachable!(),
};
/// What NIST SP 800-63B-4, 3.2.2 allows between two successes.
const MOST_ATTEMPTS: u16 = 100;

/// `otp.*`
#[derive(Clone, Debug)]
pub struct Otp {
    /// `otp.registration.*`
    pub registration: Policy,
    /// `otp.password_reset.*`
    pub password_reset: Policy,
    /// `otp.identifier_change.*`
    pub identifier_change: Policy,
    /// `otp.limits.sends_per_identifier` and `.failures_per_identifier`
    pub limits: Limits,
    /// `otp.limits.starts_per_ip`
    pub starts_per_ip: Rate,
    /// `otp.test_identifiers`, until `otp.test_identifiers_until`
    pub test_identifiers: TestIdentifiers,
}

impl Otp {
    pub(super) fn read(r: &mut Reader) -> Self {
        let day = Duration::from_secs(24 * 3600);
        let hour = Duration::from_secs(3600);
        Self {
            registration: policy(r, "registration"),
            password_reset: policy(r, "password_reset"),
            identifier_change: policy(r, "identifier_change"),
            limits: Limits {
                sends: r.with_default("otp.limits.sends_per_identifier", Rate { limit: 20, window: day }),
                failures: r.with_default("otp.limits.failures_per_identifier", Rate { limit: 40, window: day }),
            },
            starts_per_ip: r.with_default("otp.limits.starts_per_ip", Rate { limit: 60, window: hour }),
            test_identifiers: test_identifiers(r),
        }
    }
}

fn policy(r: &mut Reader, purpose: &str) -> Policy {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let key = |name: &str| format!("otp.{purpose}.{name}");
    let code_length = r.with_default(&key("code_length"), SIX_DIGITS);
    let ttl = r.with_default(&key("ttl"), minutes(5));
    let attempts = r.number(&key("max_attempts"), 5, &(1..=MOST_ATTEMPTS));
    let policy = Policy {
        code_length,
        ttl,
        max_attempts: NonZeroU16::new(attempts).unwrap_or(NonZeroU16::MIN),
        free_resends: r.number(&key("free_resends"), 5, &(0..=1000)),
        resend_cooldown: r.with_default(&key("resend_cooldown"), minutes(1)),
        max_resends: r.number(&key("max_resends"), 10, &(0..=1000)),
        max_lifetime: r.with_default(&key("max_lifetime"), minutes(30)),
        completion_ttl: r.with_default(&key("completion_ttl"), minutes(15)),
    };
    if policy.max_lifetime < policy.ttl {
        r.refuse(&key("max_lifetime"), format!("is shorter than {}: no code would live that long", key("ttl")));
    }
    if policy.max_resends < policy.free_resends {
        r.refuse(&key("max_resends"), format!("is less than {}", key("free_resends")));
    }
    policy
}

/// None unless they are set, and then for a time only: who knows one needs neither mailbox nor phone.
fn test_identifiers(r: &mut Reader) -> TestIdentifiers {
    const LIST: &str = "otp.test_identifiers";
    const UNTIL: &str = "otp.test_identifiers_until";
    let identifiers = r.list::<TestIdentifier>(LIST, Vec::new());
    let until = r.optional::<Timestamp>(UNTIL);
    if identifiers.is_empty() {
        return TestIdentifiers::NONE;
    }
    let distinct: BTreeSet<_> = identifiers.iter().map(|it| it.identifier.canonical()).collect();
    if distinct.len() < identifiers.len() {
        r.refuse(LIST, "has the same identifier twice");
    }
    match until {
        None => r.refuse(UNTIL, format!("is missing, and {LIST} needs it")),
        Some(until) if r.has_passed(until) => r.refuse(UNTIL, format!("has passed: remove {LIST}, or extend it")),
        Some(_) => {}
    }
    let codes = identifiers.into_iter().map(|TestIdentifier { identifier, code }| (identifier, code));
    until.map_or(TestIdentifiers::NONE, |until| TestIdentifiers::new(until, codes))
}

/// One item of `otp.test_identifiers`.
struct TestIdentifier {
    identifier: Identifier,
    code: Code,
}

impl Setting for TestIdentifier {
    fn expected() -> String {
        r#"an email address or phone number and its code of 6 to 10 digits, such as "review@example.org=123456""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        let (identifier, code) = text.rsplit_once('=')?;
        Some(Self { identifier: Identifier::parse(identifier.trim()).ok()?, code: Code::fixed(code.trim())? })
    }

    /// Without the code: it opens an account.
    fn show(&self) -> toml::Value {
        toml::Value::String(format!("{}=(hidden)", self.identifier.canonical()))
    }
}
