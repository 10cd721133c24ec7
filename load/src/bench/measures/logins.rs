//! Logging in, which is hashing a password and little else.

use super::super::{BenchError, floors, lab::Lab, people, results::Row, rounds::Question};

const MEBIBYTE: u64 = 1024 * 1024;
/// What the server may take of the memory meanwhile.
const MOST_MEMORY: u64 = 100 * MEBIBYTE;

/// Logging in with the right password, by many people.
pub async fn login(lab: &Lab) -> Result<Row, BenchError> {
    let server = lab.quiet_server().await?;
    people::settle(lab).await?;
    let mut row = Row::new("login", "Argon2id with the same parameters on all cores, without a server");
    let (accounts, connections) = (usize::from(lab.options.accounts), lab.options.connections());
    for round in 0..lab.options.rounds {
        row.floor_rates.push(floors::hash(lab.options.turn()).await?.rate);
        let offset = usize::try_from(round).unwrap_or_default();
        let question = Question::new(&server.target, 201, move |user, turn| {
            let turn = usize::try_from(turn).unwrap_or_default() + offset;
            people::login((turn * connections + user) % accounts)
        });
        row.turn(&lab.options.ask(question).await?);
    }
    row.expect_ratio(0.95);
    let most = server.process.usage()?.most_resident;
    row.check("at most 100 MiB".into(), most <= MOST_MEMORY);
    row.note(format!("the server took at most {} MiB of memory", most.div_ceil(MEBIBYTE)));
    server.process.kill().await?;
    Ok(row)
}
