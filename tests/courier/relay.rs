//! From where notices are written to the outbox: all of them, at once where somebody says so, and twice at worst.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chatlink::courier::{
    Relay,
    notice::{Notice, NoticeKind},
    ports::{NoticeError, NoticeSink, NoticeSource},
    relay::RelayPorts,
};
use chatlink_actors::{
    identifier::Identifier,
    locale::Locale,
    ports::{BoxFuture, Clock as _},
};
use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};

use super::{
    fake_outbox::FakeOutbox,
    fakes::{ManualClock, SECOND, Zeros},
};

type Running = BoxFuture<'static, ()>;

/// Where notices wait.
#[derive(Default)]
struct Table {
    rows: Mutex<Vec<Notice>>,
    down: AtomicBool,
    /// Deletions are undone.
    forgetful: AtomicBool,
    asked: AtomicUsize,
}

impl NoticeSource for Table {
    fn take<'a>(&'a self, limit: usize, sink: &'a dyn NoticeSink) -> BoxFuture<'a, Result<usize, NoticeError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.down.load(Ordering::SeqCst) {
                return Err(NoticeError::Source("down".into()));
            }
            let batch: Vec<Notice> = self.rows.lock().unwrap().iter().take(limit).cloned().collect();
            sink.accept(&batch).await?;
            if self.forgetful.swap(false, Ordering::SeqCst) {
                return Err(NoticeError::Source("broken off".into()));
            }
            self.rows.lock().unwrap().drain(..batch.len());
            Ok(batch.len())
        })
    }
}

struct Scene {
    clock: Arc<ManualClock>,
    table: Arc<Table>,
    outbox: Arc<FakeOutbox>,
    wake: Arc<Notify>,
}

impl Scene {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let outbox = Arc::new(FakeOutbox::new(Arc::clone(&clock), SECOND));
        Self { outbox, clock, table: Arc::default(), wake: Arc::default() }
    }

    fn relay(&self) -> Relay {
        Relay::new(RelayPorts {
            source: self.table.clone(),
            outbox: self.outbox.clone(),
            wake: self.wake.clone(),
            timer: self.clock.clone(),
            entropy: Arc::new(Zeros),
        })
    }

    /// A relay that is never told to stop.
    fn running(&self) -> Running {
        let (stop, stopping) = watch::channel(false);
        let running = self.relay().run(stopping);
        Box::pin(async move {
            running.await;
            drop(stop);
        })
    }

    fn write(&self, numbers: impl IntoIterator<Item = u8>) {
        let to = Identifier::parse("ann@example.org").unwrap();
        let notice = |number| Notice {
            id: [number; 16],
            kind: NoticeKind::PasswordChanged,
            to: to.clone(),
            locale: Locale::En,
            created_at: self.clock.now(),
        };
        self.table.rows.lock().unwrap().extend(numbers.into_iter().map(notice));
    }

    /// The notices in the outbox, by their numbers.
    fn moved(&self) -> Vec<u8> {
        self.outbox.payloads().iter().map(|payload| Notice::decode(payload).unwrap().id[0]).collect()
    }

    fn left(&self) -> usize {
        self.table.rows.lock().unwrap().len()
    }

    fn pass(&self, relay: &mut Running, time: Duration) {
        for _ in 0..time.as_secs() {
            self.clock.skip(SECOND);
            settle(relay);
        }
    }
}

/// Lets the relay work until only time or the world can bring news.
fn settle(relay: &mut Running) {
    assert!(relay.now_or_never().is_none(), "it goes on");
}

#[test]
fn all_that_is_there_is_moved_in_order_and_deleted() {
    let scene = Scene::new();
    scene.write(0..200);
    settle(&mut scene.running());
    assert_eq!((scene.moved(), scene.left()), ((0..200).collect(), 0));
}

#[test]
fn whoever_writes_one_can_have_it_moved_at_once() {
    let scene = Scene::new();
    let mut relay = scene.running();
    settle(&mut relay);
    scene.write([1]);
    scene.wake.notify_one();
    settle(&mut relay);
    assert_eq!(scene.moved(), [1]);
}

/// Whoever wrote it may have died before saying so, on another node.
#[test]
fn what_nobody_speaks_of_is_moved_within_seconds() {
    let scene = Scene::new();
    let mut relay = scene.running();
    settle(&mut relay);
    scene.write([1]);
    scene.pass(&mut relay, Duration::from_secs(5));
    assert_eq!(scene.moved(), [1]);
}

#[test]
fn while_one_end_is_away_nothing_is_lost_and_nobody_is_pestered() {
    let scene = Scene::new();
    let mut relay = scene.running();
    scene.write([1, 2]);
    for end in [&scene.table.down, &scene.outbox.down] {
        end.store(true, Ordering::SeqCst);
        scene.wake.notify_one();
        let asked = scene.table.asked.load(Ordering::SeqCst);
        scene.pass(&mut relay, Duration::from_secs(120));
        let asked = scene.table.asked.load(Ordering::SeqCst) - asked;
        assert!((4..=14).contains(&asked), "asked {asked} times in two minutes of backing off");
        assert_eq!((scene.moved(), scene.left()), (vec![], 2));
        end.store(false, Ordering::SeqCst);
    }
    scene.pass(&mut relay, Duration::from_secs(30));
    assert_eq!((scene.moved(), scene.left()), (vec![1, 2], 0));
}

#[test]
fn what_was_moved_but_not_deleted_is_moved_again_under_the_same_id() {
    let scene = Scene::new();
    let mut relay = scene.running();
    scene.write([1]);
    scene.table.forgetful.store(true, Ordering::SeqCst);
    scene.pass(&mut relay, Duration::from_secs(2));
    assert_eq!((scene.moved(), scene.left()), (vec![1, 1], 0));
}

#[tokio::test]
async fn told_to_stop_it_stops() {
    let scene = Scene::new();
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(scene.relay().run(stopping));
    scene.write([1]);
    scene.wake.notify_one();
    while scene.left() > 0 {
        tokio::task::yield_now().await;
    }
    stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(scene.moved(), [1]);
}
