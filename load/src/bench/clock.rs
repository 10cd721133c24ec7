//! The present, to measure from.

use std::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "measuring real time is what this program is for")]
pub fn now() -> Instant {
    Instant::now()
}
