//! How a problem is written: the members of RFC 9457, and those that some problems have besides.

use serde::Serialize;
use utoipa::ToSchema;

use super::validation::FieldFailure;

/// An error by RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Tells problems apart: `/problems/` and a slug. It is also the path of a page that explains it.
    #[serde(rename = "type")]
    #[schema(example = "/problems/otp-code-incorrect")]
    pub kind: String,
    /// Short, the same for all of this type.
    #[schema(example = "Wrong code")]
    pub title: &'a str,
    /// The status of the answer.
    #[schema(example = 422)]
    pub status: u16,
    /// What is the matter, for people, in English.
    pub detail: &'a str,
    /// The request id, as in `X-Request-Id`.
    #[schema(example = "0f9c2c1e7a5b4d3e8f60718293a4b5c6")]
    pub instance: &'a str,
    /// What this type says besides.
    #[serde(flatten)]
    pub members: &'a Members,
}

/// What some problems say besides.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = ProblemMembers)]
pub struct Members {
    /// With `validation-failed`: everything that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldFailure>,
    /// With `otp-code-incorrect`: how many more codes may be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u16, required = false)]
    pub attempts_left: Option<u16>,
    /// With 429 and 503: seconds to wait, as in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64, required = false, minimum = 1)]
    pub retry_after: Option<u64>,
    /// With `otp-resend-cooldown` and `language-cooldown`: when it will be possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    pub available_at: Option<String>,
    /// When not ready: what is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub failing: Vec<&'static str>,
}
