//! What every snapshot store must do, as tests that a store's own tests call.
//!
//! A store that is shared with others (a real Redis, say) runs it under a prefix of its own; the checks use different
//! keys, so they may run in any order and in parallel. A check panics where the store does not conform, and gives the
//! error where it does not answer.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use crate::{
    identifier::ActorKey,
    ports::{Commit, Committed, Snapshot, SnapshotStore, StoreError, Version},
    time::Timestamp,
};

/// A store under test, and a look behind it.
pub trait Bench: Sync {
    /// The store that keeps that key. It is empty at first.
    fn store(&self, key: ActorKey) -> Arc<dyn SnapshotStore>;

    /// The time by which the store forgets.
    fn now(&self) -> Timestamp;

    /// What was put in the outbox of a shard, oldest first.
    fn outbox(&self, shard: u8) -> impl Future<Output = Vec<Vec<u8>>> + Send;

    /// When the store will forget a key; `None` if it is absent.
    fn keep_until(&self, key: ActorKey) -> impl Future<Output = Option<Timestamp>> + Send;
}

/// What a check ends with.
pub type Checked = Result<(), StoreError>;

/// All checks.
///
/// # Errors
/// When the store does not answer.
pub async fn run(bench: &impl Bench) -> Checked {
    an_absent_key_is_none(bench).await?;
    the_first_commit_wins_and_the_second_sees_it(bench).await?;
    a_stale_version_changes_nothing(bench).await?;
    a_version_is_not_expected_of_an_absent_key(bench).await?;
    parallel_swaps_have_one_winner(bench).await?;
    effects_are_appended_in_order_when_the_swap_wins(bench).await?;
    a_key_is_kept_until_its_time(bench).await?;
    watching_changes_nothing(bench).await?;
    keys_do_not_disturb_each_other(bench).await?;
    any_bytes_come_back(bench).await
}

/// A key of a shard, different for each number.
fn key(shard: u8, number: u8) -> ActorKey {
    let mut bytes = [0xab; 16];
    bytes[0] = shard;
    bytes[15] = number;
    ActorKey::from_bytes(bytes)
}

/// A commit that keeps its key for ten minutes.
fn commit(bench: &impl Bench, key: ActorKey, expected: Option<u64>, version: u64, bytes: &[u8]) -> Commit {
    Commit {
        key,
        expected: expected.map(Version),
        version: Version(version),
        bytes: bytes.to_vec(),
        keep_until: bench.now() + Duration::from_secs(600),
        effects: Vec::new(),
    }
}

fn snapshot(version: u64, bytes: &[u8]) -> Snapshot {
    Snapshot { version: Version(version), bytes: bytes.to_vec() }
}

/// A key that was never written has no snapshot.
pub async fn an_absent_key_is_none(bench: &impl Bench) -> Checked {
    let key = key(0, 1);
    assert_eq!(bench.store(key).load(key).await?, None);
    assert_eq!(bench.keep_until(key).await, None);
    Ok(())
}

/// Of two commits that expect no snapshot the first is stored, and the second is told what is there.
pub async fn the_first_commit_wins_and_the_second_sees_it(bench: &impl Bench) -> Checked {
    let key = key(1, 1);
    let store = bench.store(key);
    assert_eq!(store.commit(commit(bench, key, None, 7, b"first")).await?, Committed::Won);
    assert_eq!(store.load(key).await?, Some(snapshot(7, b"first")));
    let second = store.commit(commit(bench, key, None, 8, b"second")).await?;
    assert_eq!(second, Committed::Lost(Some(snapshot(7, b"first"))));
    assert_eq!(store.load(key).await?, Some(snapshot(7, b"first")));
    Ok(())
}

/// A commit that expects an older version, or another one, is told what is there and changes nothing, its life included.
pub async fn a_stale_version_changes_nothing(bench: &impl Bench) -> Checked {
    // The versions are far apart, and as large as they get: they are names, not numbers to count or to round.
    const OLD: u64 = u64::MAX;
    const NEW: u64 = u64::MAX - 1;
    let key = key(2, 1);
    let store = bench.store(key);
    assert_eq!(store.commit(commit(bench, key, None, OLD, b"old")).await?, Committed::Won);
    assert_eq!(store.commit(commit(bench, key, Some(OLD), NEW, b"new")).await?, Committed::Won);
    let kept_until = bench.keep_until(key).await;
    for stale in [OLD, NEW - 1, 0, u64::MAX / 2] {
        let mut late = commit(bench, key, Some(stale), 3, b"late");
        late.keep_until = late.keep_until + Duration::from_secs(600);
        assert_eq!(store.commit(late).await?, Committed::Lost(Some(snapshot(NEW, b"new"))), "expecting {stale}");
    }
    assert_eq!(store.load(key).await?, Some(snapshot(NEW, b"new")));
    assert_eq!(bench.keep_until(key).await, kept_until);
    Ok(())
}

/// A commit that expects a version finds none at an absent key, and does not make one.
pub async fn a_version_is_not_expected_of_an_absent_key(bench: &impl Bench) -> Checked {
    let key = key(3, 1);
    let store = bench.store(key);
    assert_eq!(store.commit(commit(bench, key, Some(1), 2, b"x")).await?, Committed::Lost(None));
    assert_eq!(store.load(key).await?, None);
    Ok(())
}

/// Of many commits in parallel that expect the same version exactly one is stored.
pub async fn parallel_swaps_have_one_winner(bench: &impl Bench) -> Checked {
    const SWAPS: u64 = 20;
    let key = key(4, 1);
    let store = bench.store(key);
    let mut expected = None;
    for round in 1..=3 {
        let mut swaps = JoinSet::new();
        for number in 0..SWAPS {
            let version = round * 100 + number;
            let commit = commit(bench, key, expected, version, &version.to_be_bytes());
            let store = Arc::clone(&store);
            swaps.spawn(async move { (version, store.commit(commit).await) });
        }
        let (mut winners, mut losers) = (Vec::new(), Vec::new());
        while let Some(Ok((version, outcome))) = swaps.join_next().await {
            match outcome? {
                Committed::Won => winners.push(version),
                Committed::Lost(found) => losers.push(found),
            }
        }
        assert_eq!((winners.len(), losers.len()), (1, 19), "winners in round {round}: {winners:?}");
        let winner = winners.first().copied().unwrap_or_default();
        let stored = Some(snapshot(winner, &winner.to_be_bytes()));
        assert!(losers.iter().all(|found| *found == stored), "a loser was told something else than the winner");
        assert_eq!(store.load(key).await?, stored);
        expected = Some(winner);
    }
    Ok(())
}

/// The effects of a commit that is stored stand in the outbox of its shard, in order; those of another do not.
pub async fn effects_are_appended_in_order_when_the_swap_wins(bench: &impl Bench) -> Checked {
    const SHARD: u8 = 5;
    let (one, other) = (key(SHARD, 1), key(SHARD, 2));
    let with_effects = |key, expected, version, effects: &[&[u8]]| Commit {
        effects: effects.iter().map(|effect| effect.to_vec()).collect(),
        ..commit(bench, key, expected, version, b"state")
    };
    let store = bench.store(one);
    store.commit(with_effects(one, None, 1, &[b"a", b"b\0\r\n\xff"])).await?;
    store.commit(with_effects(one, None, 2, &[b"lost"])).await?;
    store.commit(with_effects(one, Some(9), 2, &[b"lost"])).await?;
    store.commit(with_effects(one, Some(1), 2, &[])).await?;
    store.commit(with_effects(one, Some(2), 3, &[b"c"])).await?;
    bench.store(other).commit(with_effects(other, None, 1, &[b"d", b"a"])).await?;
    let expected: [&[u8]; 5] = [b"a", b"b\0\r\n\xff", b"c", b"d", b"a"];
    assert_eq!(bench.outbox(SHARD).await, expected);
    assert_eq!(bench.outbox(SHARD + 1).await, Vec::<Vec<u8>>::new(), "another shard's outbox");
    Ok(())
}

/// A key is forgotten at the time that its newest commit gave; where that has passed, at once.
pub async fn a_key_is_kept_until_its_time(bench: &impl Bench) -> Checked {
    let key = key(7, 1);
    let store = bench.store(key);
    let first = commit(bench, key, None, 1, b"first");
    let longer = first.keep_until + Duration::from_secs(3600);
    let shorter = first.keep_until;
    for (expected, version, keep_until) in [(None, 1, shorter), (Some(1), 2, longer), (Some(2), 3, shorter)] {
        let commit = Commit { keep_until, ..commit(bench, key, expected, version, b"state") };
        assert_eq!(store.commit(commit).await?, Committed::Won);
        assert_eq!(bench.keep_until(key).await, Some(keep_until));
    }
    let past = Commit { keep_until: Timestamp::from_millis(1), ..commit(bench, key, Some(3), 4, b"state") };
    assert_eq!(store.commit(past).await?, Committed::Won);
    assert_eq!(store.load(key).await?, None);
    assert_eq!(store.commit(commit(bench, key, None, 5, b"anew")).await?, Committed::Won);
    Ok(())
}

/// Watching reads a key, and makes none, changes none and prolongs none; a watched key is committed to as any other.
pub async fn watching_changes_nothing(bench: &impl Bench) -> Checked {
    let (absent, present) = (key(8, 1), key(8, 2));
    let lease = Duration::from_secs(7200);
    assert_eq!(bench.store(absent).watch(absent, lease).await?, None);
    assert_eq!(bench.store(absent).load(absent).await?, None);
    assert_eq!(bench.keep_until(absent).await, None);
    assert_eq!(bench.store(absent).commit(commit(bench, absent, None, 1, b"x")).await?, Committed::Won);

    let store = bench.store(present);
    assert_eq!(store.commit(commit(bench, present, None, 1, b"x")).await?, Committed::Won);
    let kept_until = bench.keep_until(present).await;
    assert_eq!(store.watch(present, lease).await?, Some(snapshot(1, b"x")));
    assert_eq!(store.load(present).await?, Some(snapshot(1, b"x")));
    assert_eq!(bench.keep_until(present).await, kept_until);
    assert_eq!(store.commit(commit(bench, present, Some(1), 2, b"y")).await?, Committed::Won);
    assert_eq!(store.load(present).await?, Some(snapshot(2, b"y")));
    Ok(())
}

/// Keys of one shard and of different shards have their own states and versions.
pub async fn keys_do_not_disturb_each_other(bench: &impl Bench) -> Checked {
    let keys = [key(9, 1), key(9, 2), key(10, 1)];
    for (key, version) in keys.into_iter().zip(1..) {
        let commit = commit(bench, key, None, version, &version.to_be_bytes());
        assert_eq!(bench.store(key).commit(commit).await?, Committed::Won);
    }
    let [first, ..] = keys;
    assert_eq!(bench.store(first).commit(commit(bench, first, Some(1), 4, b"moved")).await?, Committed::Won);
    assert_eq!(bench.store(first).load(first).await?, Some(snapshot(4, b"moved")));
    for (key, version) in keys.into_iter().zip(1_u64..).skip(1) {
        assert_eq!(bench.store(key).load(key).await?, Some(snapshot(version, &version.to_be_bytes())));
    }
    Ok(())
}

/// Every byte, no byte, and many bytes come back as they were; so does every version.
pub async fn any_bytes_come_back(bench: &impl Bench) -> Checked {
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let many = every.repeat(256);
    for (number, bytes) in (1_u8..).zip([&every[..], &[], &many[..], b"\r\n$-1\r\n"]) {
        let key = key(11, number);
        let version = u64::MAX.rotate_left(u32::from(number) * 13) - u64::from(number);
        assert_eq!(bench.store(key).commit(commit(bench, key, None, version, bytes)).await?, Committed::Won);
        assert_eq!(bench.store(key).load(key).await?, Some(snapshot(version, bytes)));
        let lost = bench.store(key).commit(commit(bench, key, None, 1, b"")).await?;
        assert_eq!(lost, Committed::Lost(Some(snapshot(version, bytes))));
    }
    Ok(())
}
