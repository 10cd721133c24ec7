//! What can be compared of two exchanges: all that clients see but what is random, or echoes what they typed. The clock
//! stands still, so instants are equal too.

use serde_json::Value;

use super::client::Answer;

/// Status, headers and members of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    status: u16,
    headers: Vec<(String, String)>,
    members: Vec<(String, String)>,
}

impl Shape {
    pub fn of(answer: &Answer) -> Self {
        const VARYING: [&str; 3] = ["date", "location", "x-request-id"];
        let headers = answer.headers.iter();
        let mut headers: Vec<(String, String)> =
            headers.map(|(name, value)| shown(name.as_str(), value.to_str().unwrap(), &VARYING)).collect();
        headers.sort();
        Self { status: answer.status, headers, members: members(&answer.body) }
    }
}

/// Members and their values.
pub fn members(body: &Value) -> Vec<(String, String)> {
    const VARYING: [&str; 4] = ["id", "instance", "destination", "completion_token"];
    let object = body.as_object().into_iter().flatten();
    object.map(|(name, value)| shown(name, &value.to_string(), &VARYING)).collect()
}

/// What varies is there or not, and as long.
fn shown(name: &str, value: &str, varying: &[&str]) -> (String, String) {
    let value = if varying.contains(&name) { "…".repeat(value.len()) } else { value.to_owned() };
    (name.to_owned(), value)
}
