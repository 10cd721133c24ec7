//! What operators watch the server by: the alerts are good rules, each fires when it should and not otherwise; the
//! dashboard can be laid out and asked. That both name what the server exports is tested with the server.

// Under `cfg(test)`, which always holds here, the lints know that helpers are tests too.
#[cfg(test)]
mod alerts;
#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod promtool;
