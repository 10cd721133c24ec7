//! What came of it: commands to OTP sessions, logins, refreshed sessions.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// What a login came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginOutcome {
    /// Somebody was let in.
    Succeeded,
    /// No such account, or not its password.
    Failed,
    /// Too many have failed: nothing was looked at.
    Throttled,
    /// An operator locked the account.
    Locked,
    /// Something was away, or there was too much to do.
    Unavailable,
}

impl LoginOutcome {
    const ALL: [Self; 5] = [Self::Succeeded, Self::Failed, Self::Throttled, Self::Locked, Self::Unavailable];

    const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Throttled => "throttled",
            Self::Locked => "locked",
            Self::Unavailable => "unavailable",
        }
    }
}

/// What the refresh of a session came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// New tokens, in the place of those that were shown.
    Rotated,
    /// Asked again within the grace: the same tokens once more.
    Repeated,
    /// A token that had been replaced long ago: the session was ended.
    Replayed,
    /// No token of a session that lives.
    Refused,
    /// Something was away.
    Unavailable,
}

impl RefreshOutcome {
    const ALL: [Self; 5] = [Self::Rotated, Self::Repeated, Self::Replayed, Self::Refused, Self::Unavailable];

    const fn name(self) -> &'static str {
        match self {
            Self::Rotated => "rotated",
            Self::Repeated => "repeated",
            Self::Replayed => "replayed",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPurpose {
    purpose: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Counts outcomes.
#[derive(Clone, Debug)]
pub struct Outcomes {
    otp: Family<OfPurpose, Counter>,
    logins: Family<Outcome, Counter>,
    refreshes: Family<Outcome, Counter>,
}

/// Those that are known beforehand are there from the beginning, at zero, so that the first one shows as a rise.
impl Default for Outcomes {
    fn default() -> Self {
        let zeros = |names: &[&'static str]| {
            let family = Family::<Outcome, Counter>::default();
            for outcome in names {
                drop(family.get_or_create(&Outcome { outcome }));
            }
            family
        };
        Self {
            otp: Family::default(),
            logins: zeros(&LoginOutcome::ALL.map(LoginOutcome::name)),
            refreshes: zeros(&RefreshOutcome::ALL.map(RefreshOutcome::name)),
        }
    }
}

impl Outcomes {
    /// Counts what became of a command to an OTP session.
    pub fn otp(&self, purpose: &'static str, outcome: &'static str) {
        self.otp.get_or_create(&OfPurpose { purpose, outcome }).inc();
    }

    /// Counts a login.
    pub fn login(&self, outcome: LoginOutcome) {
        self.logins.get_or_create(&Outcome { outcome: outcome.name() }).inc();
    }

    /// Counts the refresh of a session.
    pub fn refresh(&self, outcome: RefreshOutcome) {
        self.refreshes.get_or_create(&Outcome { outcome: outcome.name() }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("otp_outcomes", "What became of commands to one-time-code sessions", self.otp.clone());
        registry.register("logins", "What became of logins", self.logins.clone());
        registry.register("refreshes", "What became of refreshes of sessions", self.refreshes.clone());
    }
}
