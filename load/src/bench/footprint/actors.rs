//! What a live actor takes of the server's memory, and that the bound on them holds without anything being lost.

use std::sync::Arc;

use chatlink_actors::otp::PublicId;

use super::{
    findings::{Finding, float, mebibytes},
    ground::{Ground, Node, attempts_of, guess, status},
};
use crate::bench::BenchError;

/// Most that one may take, in bytes.
const MOST_EACH: f64 = 2048.0;
/// How often the bound comes by.
const TIMES: usize = 3;
/// How much of what is resident at the bound may come on top, however many more come by.
const SLACK: f64 = 0.05;
/// How many of the first to come are asked in the end.
const WITNESSES: usize = 1_000;

/// So many at once.
pub async fn at_once(ground: &Ground, count: usize) -> Result<Finding, BenchError> {
    let node = ground.serve("actors", &[("actors.max_live", (2 * count).to_string())]).await?;
    let ids = node.copies(ground, count).await?;
    warm(&node, &ids).await?;
    let (before, already) = (node.resident()?, node.live().await?);
    node.look_at("actors", &ids).await?;
    let (after, live) = (node.resident()?, node.live().await?);
    node.end().await?;
    let more = live.saturating_sub(already);
    let bytes = float(after.saturating_sub(before)) / float(more);
    let remark = format!(
        "growth of the server's resident memory from {:.1} to {:.1} MiB, over the {more} that went live: each was asked for \
         its status, of sessions that are copies of one that was started, stored under random keys",
        mebibytes(before),
        mebibytes(after),
    );
    let enough = more >= u64::try_from(count).unwrap_or(u64::MAX) / 100 * 99;
    let finding = Finding::new(format!("memory of a live actor, at {live}"), format!("{bytes:.0} B"));
    Ok(finding.target("≤ 2048 B", bytes <= MOST_EACH && enough).note(remark))
}

/// Above the bound the least recently used leave.
pub async fn bounded(ground: &Ground, bound: usize) -> Result<Vec<Finding>, BenchError> {
    let node = ground.serve("bound", &[("actors.max_live", bound.to_string())]).await?;
    let ids = node.copies(ground, TIMES * bound).await?;
    let witnesses = Arc::new(ids.iter().take(WITNESSES.min(bound)).copied().collect::<Vec<_>>());
    warm(&node, &witnesses).await?;
    guess_all(&node, &witnesses).await?;
    let (mut resident, mut live) = (Vec::new(), Vec::new());
    for part in ids.chunks(bound) {
        node.look_at("actors that come by", &Arc::new(part.to_vec())).await?;
        resident.push(node.resident()?);
        live.push(node.live().await?);
    }
    let kept = attempts(&node, &witnesses).await?;
    node.end().await?;

    let shown: Vec<_> = resident.iter().map(|&bytes| format!("{:.1}", mebibytes(bytes))).collect();
    let growth = match (resident.first(), resident.last()) {
        (Some(&first), Some(&last)) => float(last) / float(first) - 1.0,
        _ => f64::NAN,
    };
    let most = live.iter().max().copied().unwrap_or_default();
    let flat = Finding::new(
        format!("memory while {TIMES} × {bound} come by"),
        format!("{} MiB ({:+.1} %)", shown.join(" → "), growth * 100.0),
    )
    .target("+5 % at most", growth <= SLACK)
    .note(format!("actors.max_live = {bound}; after each {bound} of them; never more than {most} were live"));
    let lost = kept.iter().filter(|&&left| left != 4).count();
    let nothing = Finding::new("what passivation lost", format!("{lost} of {} attempts", kept.len()))
        .target("0", lost == 0)
        .note("the first to come had used one attempt each; asked after all the others, they still know of it");
    Ok(vec![flat, nothing])
}

/// What a server sets up with its first requests is not an actor's.
async fn warm(node: &Node, ids: &Arc<Vec<PublicId>>) -> Result<(), BenchError> {
    let some = Arc::new(ids.iter().take(1_000).copied().collect::<Vec<_>>());
    node.look_at("warming up", &some).await
}

async fn guess_all(node: &Node, ids: &Arc<Vec<PublicId>>) -> Result<(), BenchError> {
    let shared = Arc::clone(ids);
    node.drive.each("wrong codes", ids.len(), 422, move |number| guess(shared.get(number)), |_| Ok(())).await?;
    Ok(())
}

async fn attempts(node: &Node, ids: &Arc<Vec<PublicId>>) -> Result<Vec<u64>, BenchError> {
    let shared = Arc::clone(ids);
    let request = move |number| status(shared.get(number));
    node.drive.each("asking the first", ids.len(), 200, request, |answer| attempts_of(&answer)).await
}
