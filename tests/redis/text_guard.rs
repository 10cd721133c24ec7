//! The guard of text messages: caps and breaker, exact on all nodes together.

use std::{sync::Arc, time::Duration};

use chatlink::{
    adapters::redis::{Breaker, Redis, TextLimits},
    courier::{
        guard::{Admission, Reason, TextGuard},
        ports::EntryId,
    },
};
use chatlink_actors::{identifier::Phone, otp::Rate, testkit::World};
use futures_util::future::join_all;

use super::support::*;

const MINUTE: Duration = Duration::from_secs(60);
const GRANTED: Admission = Admission::Granted;
const COUNTRY: Admission = Admission::Refused(Reason::CountryLimit);
const PREFIX: Admission = Admission::Refused(Reason::PrefixLimit);
const BREAKER: Admission = Admission::Refused(Reason::Breaker);

fn limits() -> TextLimits {
    TextLimits {
        country: Rate { limit: 8, window: 60 * MINUTE },
        prefix: Rate { limit: 5, window: 30 * MINUTE },
        breaker: Breaker { sends: 1000, verified_percent: 10, window: 60 * MINUTE, cooloff: 20 * MINUTE },
    }
}

fn breaker(sends: u32, verified_percent: u32) -> TextLimits {
    let plenty = Rate { limit: 1000, window: 60 * MINUTE };
    let breaker = Breaker { sends, verified_percent, ..limits().breaker };
    TextLimits { country: plenty, prefix: plenty, breaker }
}

/// A number in a block of Germany.
fn number(block: u32, n: u32) -> Phone {
    Phone::parse(&format!("+49171{block:03}{n:04}")).unwrap()
}

fn french() -> Phone {
    Phone::parse("+33612345678").unwrap()
}

fn entry(n: u32) -> EntryId {
    EntryId { shard: 7, position: format!("{n}-0") }
}

/// A guard on one node, and how many entries have been told to it.
struct Node {
    guard: Arc<dyn TextGuard>,
    told: u32,
}

impl Node {
    fn new(redis: &Redis, limits: TextLimits, world: &World) -> Self {
        Self { guard: redis.text_guard(limits, world.clock()), told: 0 }
    }

    /// Another text to that number.
    async fn admit(&mut self, to: &Phone) -> Admission {
        self.told += 1;
        self.guard.admit(to, &entry(self.told)).await.unwrap()
    }

    async fn verdicts(&mut self, to: &Phone, texts: usize) -> Vec<Admission> {
        let mut verdicts = Vec::new();
        for _ in 0..texts {
            verdicts.push(self.admit(to).await);
        }
        verdicts
    }
}

#[tokio::test]
async fn so_many_go_to_one_block_and_to_one_country_and_no_more() {
    let (server, world) = (Server::start().await, World::new(1));
    let mut node = Node::new(&server.adapter().await, limits(), &world);
    for n in 0..5 {
        assert_eq!(node.admit(&number(1, n)).await, GRANTED, "numbers of one block count together");
    }
    assert_eq!(node.verdicts(&number(1, 9), 2).await, [PREFIX, PREFIX]);
    assert_eq!(node.verdicts(&number(2, 0), 3).await, [GRANTED; 3], "and what was refused counts for nothing");
    assert_eq!(node.verdicts(&number(2, 0), 1).await, [COUNTRY]);
    assert_eq!(node.verdicts(&number(3, 0), 1).await, [COUNTRY]);
    assert_eq!(node.verdicts(&french(), 6).await, [GRANTED, GRANTED, GRANTED, GRANTED, GRANTED, PREFIX]);
}

#[tokio::test]
async fn the_windows_roll_and_a_clock_that_is_set_back_opens_none() {
    let (server, world) = (Server::start().await, World::new(1));
    let mut node = Node::new(&server.adapter().await, limits(), &world);
    assert_eq!(node.verdicts(&number(1, 0), 2).await, [GRANTED; 2]);
    world.advance(10 * MINUTE);
    assert_eq!(node.verdicts(&number(1, 0), 4).await, [GRANTED, GRANTED, GRANTED, PREFIX]);
    world.advance(Duration::from_millis(20 * 60_000 - 1));
    assert_eq!(node.verdicts(&number(1, 0), 1).await, [PREFIX]);
    world.advance(Duration::from_millis(1));
    assert_eq!(node.verdicts(&number(1, 0), 3).await, [GRANTED, GRANTED, PREFIX]);
    world.set(World::BEGINNING);
    assert_eq!(node.verdicts(&number(1, 0), 1).await, [PREFIX]);
    assert_eq!(node.verdicts(&number(2, 0), 2).await, [GRANTED, COUNTRY]);
}

/// It comes again after a crash, or while its carrier is away.
#[tokio::test]
async fn one_entry_counts_once_and_stays_admitted() {
    let (server, world) = (Server::start().await, World::new(1));
    let redis = server.adapter().await;
    let (one, other) = (redis.text_guard(limits(), world.clock()), redis.text_guard(limits(), world.clock()));
    for _ in 0..10 {
        assert_eq!(one.admit(&number(1, 0), &entry(1)).await.unwrap(), GRANTED);
        assert_eq!(other.admit(&number(1, 0), &entry(1)).await.unwrap(), GRANTED);
    }
    for n in 2..=5 {
        assert_eq!(other.admit(&number(1, 0), &entry(n)).await.unwrap(), GRANTED);
    }
    assert_eq!(one.admit(&number(1, 0), &entry(6)).await.unwrap(), PREFIX);
    assert_eq!(one.admit(&number(1, 0), &entry(5)).await.unwrap(), GRANTED);
    let elsewhere = EntryId { shard: 8, ..entry(5) };
    assert_eq!(one.admit(&number(1, 0), &elsewhere).await.unwrap(), PREFIX, "each shard has its own entries");
}

#[tokio::test]
async fn of_many_at_once_on_two_nodes_as_many_go_as_may() {
    let (server, world) = (Server::start().await, World::new(1));
    let nodes = [server.adapter().await, server.adapter().await].map(|redis| redis.text_guard(limits(), world.clock()));
    let asked = (0..40_u32).map(|n| {
        let guard = Arc::clone(&nodes[usize::try_from(n % 2).unwrap()]);
        async move { guard.admit(&number(1, n), &entry(n)).await.unwrap() }
    });
    let granted = join_all(asked).await.into_iter().filter(|verdict| *verdict == GRANTED).count();
    assert_eq!(granted, 5);
}

#[tokio::test]
async fn a_block_from_which_nothing_comes_back_is_closed_for_a_while() {
    let (server, world) = (Server::start().await, World::new(1));
    let mut node = Node::new(&server.adapter().await, breaker(10, 10), &world);
    assert_eq!(node.verdicts(&number(1, 0), 11).await[9..], [GRANTED, BREAKER]);
    assert_eq!(node.verdicts(&number(2, 0), 1).await, [GRANTED], "the neighbours go on");
    assert_eq!(node.guard.check(&number(1, 5)).await.unwrap(), BREAKER);
    world.advance(Duration::from_millis(20 * 60_000 - 1));
    assert_eq!(node.verdicts(&number(1, 0), 1).await, [BREAKER]);
    world.advance(Duration::from_millis(1));
    assert_eq!(node.verdicts(&number(1, 0), 11).await[9..], [GRANTED, BREAKER], "and then judged anew");
}

#[tokio::test]
async fn a_block_from_which_enough_comes_back_stays_open() {
    let (server, world) = (Server::start().await, World::new(1));
    let mut node = Node::new(&server.adapter().await, breaker(10, 20), &world);
    for n in 0..2 {
        node.guard.verified(&number(1, n)).await.unwrap();
    }
    node.guard.verified(&number(2, 0)).await.unwrap();
    assert_eq!(node.verdicts(&number(1, 0), 11).await, [GRANTED; 11], "two of ten came back");
    assert_eq!(node.verdicts(&number(1, 0), 1).await, [BREAKER], "two of eleven are too few");
    assert_eq!(node.verdicts(&number(2, 0), 11).await[10..], [BREAKER], "and so is one of ten");
}

#[tokio::test]
async fn notices_fill_the_limits_and_are_none_of_the_breakers_business() {
    let server = Server::start().await;
    let (redis, world) = (server.adapter().await, World::new(1));
    let limits = TextLimits { breaker: Breaker { sends: 2, ..limits().breaker }, ..limits() };
    let mut node = Node::new(&redis, limits, &world);
    for n in 101..104 {
        assert_eq!(node.guard.admit_notice(&number(1, 0), &entry(n)).await.unwrap(), GRANTED);
    }
    assert_eq!(node.verdicts(&number(1, 0), 3).await, [GRANTED, GRANTED, BREAKER], "three notices were no codes");
    assert_eq!(node.guard.admit_notice(&number(1, 0), &entry(104)).await.unwrap(), PREFIX, "closed for codes alone");
}

#[tokio::test]
async fn what_came_back_long_ago_speaks_for_nothing() {
    let (server, world) = (Server::start().await, World::new(1));
    let mut node = Node::new(&server.adapter().await, breaker(5, 10), &world);
    for n in 0..50 {
        node.guard.verified(&number(1, n)).await.unwrap();
    }
    world.advance(60 * MINUTE);
    assert_eq!(node.verdicts(&number(1, 0), 6).await[4..], [GRANTED, BREAKER]);
}

#[tokio::test]
async fn a_check_decides_alike_and_counts_nothing() {
    let (server, world) = (Server::start().await, World::new(1));
    let mut node = Node::new(&server.adapter().await, limits(), &world);
    for _ in 0..20 {
        assert_eq!(node.guard.check(&number(1, 0)).await.unwrap(), GRANTED);
    }
    assert_eq!(node.verdicts(&number(1, 0), 6).await[4..], [GRANTED, PREFIX]);
    assert_eq!(node.guard.check(&number(1, 0)).await.unwrap(), PREFIX);
}

#[tokio::test]
async fn no_number_is_kept_and_what_is_kept_is_forgotten() {
    let (server, world) = (Server::start().await, World::new(1));
    let mut node = Node::new(&server.adapter().await, breaker(2, 50), &world);
    node.verdicts(&number(1, 2345), 3).await;
    node.verdicts(&number(2, 2345), 1).await;
    node.guard.verified(&number(2, 2345)).await.unwrap();
    let mut plain = server.plain().await;
    let keys: Vec<String> = plain.ask(&["KEYS", "*"]).await;
    assert_eq!(keys.len(), 6, "{keys:?}");
    for key in keys {
        assert!(plain.ask::<i64>(&["PTTL", &key]).await > 0, "{key} never ends");
        let kind: String = plain.ask(&["TYPE", &key]).await;
        let content: Vec<String> = match kind.as_str() {
            "zset" => plain.ask(&["ZRANGE", &key, "0", "-1"]).await,
            _ => vec![plain.ask(&["GET", &key]).await],
        };
        assert!(!format!("{key} {content:?}").contains("2345"), "{key} {content:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error_and_comes_back() {
    let (mut server, world) = (Server::start().await, World::new(1));
    let redis = connect(&server.url(), BRIEFLY).await;
    let guard = redis.text_guard(limits(), world.clock());
    server.stop().await;
    assert!(guard.admit(&number(1, 0), &entry(1)).await.is_err());
    assert!(guard.verified(&number(1, 0)).await.is_err());
    server.restart().await;
    eventually("it answers", async || guard.admit(&number(1, 0), &entry(1)).await.is_ok()).await;
}
