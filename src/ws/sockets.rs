//! How many sockets a session has open on this node.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chatlink_actors::otp::PublicId;
use prometheus_client::metrics::gauge::Gauge;

/// Enough for a few tabs and a phone.
const PER_SESSION: usize = 5;

/// The open sockets of this node.
#[derive(Clone, Debug, Default)]
pub struct Sockets {
    of_sessions: Arc<Mutex<HashMap<PublicId, usize>>>,
    all: Gauge,
}

/// Leave to hold one socket open; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    sockets: Sockets,
    id: PublicId,
}

impl Sockets {
    /// None yet. The gauge shows how many there are.
    pub fn new(all: Gauge) -> Self {
        Self { all, ..Self::default() }
    }

    /// Leave to open one more socket of that session, unless it has enough.
    pub fn permit(&self, id: PublicId) -> Option<Permit> {
        let mut open = self.of_sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(id).or_default();
        (*count < PER_SESSION).then(|| {
            *count += 1;
            self.all.inc();
            Permit { sockets: self.clone(), id }
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.sockets.all.dec();
        let mut open = self.sockets.of_sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.id) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chatlink_actors::{identifier::ActorKey, otp::SessionId};

    use super::*;

    fn id(n: u8) -> PublicId {
        PublicId { key: ActorKey::from_bytes([0; 16]), session: SessionId::from_bytes([n; 16]) }
    }

    #[test]
    fn a_session_has_so_many_and_gets_them_back() {
        let all = Gauge::default();
        let sockets = Sockets::new(all.clone());
        let mut held: Vec<_> = (0..PER_SESSION).map(|_| sockets.permit(id(1)).unwrap()).collect();
        assert!(sockets.permit(id(1)).is_none());
        assert!(sockets.permit(id(2)).is_some());
        assert_eq!(all.get(), i64::try_from(PER_SESSION).unwrap());
        held.pop();
        assert!(sockets.permit(id(1)).is_some());
        drop(held);
        assert!(sockets.of_sessions.lock().unwrap().is_empty());
        assert_eq!(all.get(), 0);
    }
}
