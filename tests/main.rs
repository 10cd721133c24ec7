//! One integration binary, against real services. Every test has a database and a key prefix of its own, so they run
//! side by side.

// Under `cfg(test)`, which always holds here, the lints know that helpers are tests too.
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod admin;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod courier;
#[cfg(test)]
mod dev;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod front;
#[cfg(test)]
mod identifier_changes;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod load;
#[cfg(test)]
mod operators;
#[cfg(test)]
mod password_checks;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod races;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod redis;
#[cfg(test)]
mod resets;
#[cfg(test)]
mod safeguards;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod throttling;
