//! The closed model: so many users, each beginning again when it is through.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::{
    Work,
    open::visit,
    recorder::Recorder,
    running::{STOPPING, finish},
};

/// Some users of one thread.
pub struct Closed<W: Work> {
    pub work: Arc<W>,
    pub recorder: Arc<Recorder>,
    /// Their numbers, each with when that user begins.
    pub users: Vec<(usize, Instant)>,
    pub until: Instant,
    pub grace: Duration,
}

impl<W: Work> Closed<W> {
    /// Until the time has come and all visits have ended, or it is stopped.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let mut users = JoinSet::new();
        for (number, begin) in self.users {
            let (work, recorder, stop) = (Arc::clone(&self.work), Arc::clone(&self.recorder), stop.clone());
            users.spawn_local(async move {
                let mut user = work.user(number);
                sleep_until(begin).await;
                while Instant::now() < self.until && !*stop.borrow() {
                    user = visit(Arc::clone(&work), Arc::clone(&recorder), user, Instant::now()).await;
                }
                user
            });
        }
        tokio::select! {
            () = finish(&mut users) => {}
            () = sleep_until(self.until + self.grace) => {}
            _ = stop.wait_for(|stop| *stop) => {
                let _ = timeout(self.grace.min(STOPPING), finish(&mut users)).await;
            }
        }
    }
}
