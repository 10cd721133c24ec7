//! Fits the notices that wait with the accounts to the relay that brings them to the courier's outbox.

use std::sync::Arc;

use chatlink_actors::ports::BoxFuture;
use tokio::sync::watch;

use super::{Ended, Surroundings};
use crate::{
    accounts::{self, Accounts, HandOverError},
    adapters::{redis::Redis, system::MonotonicClock},
    courier::{
        notice::{Notice, NoticeKind},
        ports::{NoticeError, NoticeSink, NoticeSource},
        relay::{Relay, RelayPorts},
    },
};

/// Brings notices to the outbox until told to stop.
pub(super) fn relay(
    accounts: &Accounts,
    redis: &Redis,
    surroundings: &Surroundings,
    stop: watch::Receiver<bool>,
) -> impl Future<Output = Ended> + use<> {
    let relay = Relay::new(RelayPorts {
        source: Arc::new(PostedNotices(accounts.clone())),
        outbox: redis.outbox_writer(),
        wake: accounts.posted(),
        timer: Arc::new(MonotonicClock::start()),
        entropy: Arc::clone(&surroundings.entropy),
    });
    async move {
        relay.run(stop).await;
        Ok(())
    }
}

/// The notices that were posted with the changes that they tell of.
struct PostedNotices(Accounts);

impl NoticeSource for PostedNotices {
    fn take<'a>(&'a self, limit: usize, sink: &'a dyn NoticeSink) -> BoxFuture<'a, Result<usize, NoticeError>> {
        let hand_over = move |posted: Vec<accounts::notice::Notice>| async move {
            let notices: Vec<Notice> = posted.into_iter().map(notice).collect();
            sink.accept(&notices).await
        };
        Box::pin(async move {
            self.0.hand_over_notices(limit, hand_over).await.map_err(|error| match error {
                HandOverError::Refused(error) => NoticeError::Sink(error),
                HandOverError::Unavailable(error) => NoticeError::Source(error.to_string()),
            })
        })
    }
}

fn notice(posted: accounts::notice::Notice) -> Notice {
    Notice {
        id: posted.id.into_bytes(),
        kind: match posted.kind {
            accounts::notice::NoticeKind::PasswordChanged => NoticeKind::PasswordChanged,
            accounts::notice::NoticeKind::IdentifierChanged { channel } => NoticeKind::IdentifierChanged { channel },
            accounts::notice::NoticeKind::NewLogin { ip } => NoticeKind::NewLogin { ip },
        },
        to: posted.to,
        locale: posted.locale,
        created_at: posted.at,
    }
}
