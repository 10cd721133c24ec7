//! The open model: visits begin when they are due, whether or not earlier ones have ended.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    task::JoinSet,
    time::{Instant, sleep_until, timeout, timeout_at},
};

use super::{
    Log, Work,
    recorder::Recorder,
    running::{STOPPING, ended_well, finish},
};

/// Serves the arrivals of one thread, each a time at which a visit is due, with at most so many users at once.
///
/// An arrival for which there is no user waits for one, and that wait is part of its time.
pub struct Open<W: Work> {
    pub work: Arc<W>,
    pub recorder: Arc<Recorder>,
    pub most_users: usize,
    /// The first user's number, and what each further one's is more.
    pub numbers: (usize, usize),
    /// When nothing more is due.
    pub until: Instant,
    pub grace: Duration,
}

impl<W: Work> Open<W> {
    /// Until there are no more arrivals and all visits have ended, or it is stopped.
    pub async fn serve(self, mut arrivals: UnboundedReceiver<Instant>, mut stop: watch::Receiver<bool>) {
        let (last, mut visits) = (self.until + self.grace, JoinSet::new());
        let stopped = tokio::select! {
            () = self.admit(&mut arrivals, &mut visits) => false,
            () = sleep_until(last) => false,
            _ = stop.wait_for(|stop| *stop) => true,
        };
        if stopped {
            let _ = timeout(self.grace.min(STOPPING), finish(&mut visits)).await;
            return;
        }
        let _ = timeout_at(last, finish(&mut visits)).await;
        // What still waits for a user was due, and was not served.
        while let Ok(due) = arrivals.try_recv() {
            self.recorder.miss(due);
        }
    }

    async fn admit(&self, arrivals: &mut UnboundedReceiver<Instant>, visits: &mut JoinSet<W::User>) {
        let (mut number, stride) = self.numbers;
        let (mut idle, mut users) = (Vec::new(), 0);
        loop {
            let free = !idle.is_empty() || users < self.most_users;
            tokio::select! {
                Some(ended) = visits.join_next() => idle.push(ended_well(ended)),
                arrival = arrivals.recv(), if free => {
                    let Some(due) = arrival else { return };
                    let user = idle.pop().unwrap_or_else(|| {
                        let user = self.work.user(number);
                        (number, users) = (number + stride, users + 1);
                        user
                    });
                    visits.spawn_local(visit(Arc::clone(&self.work), Arc::clone(&self.recorder), user, due));
                }
            }
        }
    }
}

/// One visit, recorded. Gives the user back.
pub async fn visit<W: Work>(work: Arc<W>, recorder: Arc<Recorder>, mut user: W::User, due: Instant) -> W::User {
    let underway = recorder.begin(due);
    let outcome = work.visit(&mut user, &mut Log::new(recorder, due)).await;
    underway.end(outcome.as_ref().copied());
    user
}

#[cfg(test)]
mod tests;
