//! Removing rows that are past, in batches. What somebody else is at is left for the next time, so nobody waits here,
//! and nodes that sweep at the same time do not sweep the same rows.

use chatlink_actors::time::Timestamp;

use super::{DatabaseError, Instant, Store};

macro_rules! sweeps {
    ($($(#[$doc:meta])+ $name:ident = $table:literal $column:literal),+ $(,)?) => {
        /// What is swept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Sweep {
            $($(#[$doc])+ $name),+
        }

        impl Sweep {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The limit is part of the statement, since its plan is made for any parameters: of an unknown limit
            /// Postgres would expect a tenth of the rows.
            fn sql(self, limit: u32) -> String {
                let (table, column) = match self {
                    $(Self::$name => ($table, $column)),+
                };
                format!(
                    "delete from {table} where ctid = any (array(
                         select ctid from {table} where {column} <= $1
                         order by {column} limit {limit} for update skip locked))"
                )
            }
        }
    };
}

sweeps! {
    /// Sessions that have expired.
    Sessions = "sessions" "expires_at",
    /// Refresh tokens that were spent.
    SpentTokens = "spent_refresh_tokens" "spent_at",
    /// Failures of accounts.
    Throttles = "login_throttles" "last_failure_at",
    /// Failures of addresses.
    Addresses = "login_addresses" "last_failure_at",
    /// OTP sessions that were used up.
    Completions = "otp_completions" "completed_at",
    /// Devices that were seen.
    Devices = "known_devices" "seen_at",
    /// Which actors may remember somebody.
    Traces = "otp_traces" "noted_at",
    /// Notices that nobody took.
    Notices = "notices" "created_at",
    /// The audit trail.
    AuditEvents = "audit_events" "at",
}

impl Store {
    /// Removes rows up to an instant, the oldest first, at most so many. How many it were.
    pub async fn sweep(&self, kind: Sweep, until: Timestamp, limit: u32) -> Result<u64, DatabaseError> {
        self.execute(&kind.sql(limit), &[&Instant(until)]).await
    }
}
