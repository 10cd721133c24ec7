//! What everything is called in Redis.
//!
//! The shard stands in the hash tag, so whatever one script touches lies in one slot of a cluster. Stored data
//! depends on these names.

use std::sync::Arc;

use chatlink_actors::identifier::ActorKey;

/// Names under one prefix.
#[derive(Clone)]
pub(super) struct Keys {
    prefix: Arc<str>,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The hash of one entity.
    pub(super) fn entity(&self, namespace: &str, key: ActorKey) -> String {
        format!("{}:{{{:02}}}:{namespace}:{key}", self.prefix, key.shard())
    }

    /// The stream of undelivered messages of one shard.
    pub(super) fn outbox(&self, shard: u8) -> String {
        format!("{}:{{{shard:02}}}:outbox", self.prefix)
    }

    /// What is counted of text messages to a country or a block of numbers. All of it lies in one slot.
    pub(super) fn texts(&self, kind: &str, whereto: &str) -> String {
        format!("{}:{{texts}}:{kind}:{whereto}", self.prefix)
    }

    /// The channel on which changes of one shard are told.
    pub(super) fn changes(&self, shard: u8) -> String {
        format!("{}:{{{shard:02}}}:changes", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_of_a_shard_bears_its_hash_tag() {
        let keys = Keys::new("chatlink");
        let mut bytes = [0xab; 16];
        bytes[0] = 0x17;
        let key = ActorKey::from_bytes(bytes);
        assert_eq!(
            keys.entity("otp:registration", key),
            "chatlink:{07}:otp:registration:17ababababababababababababababab"
        );
        assert_eq!(keys.outbox(key.shard()), "chatlink:{07}:outbox");
        assert_eq!(keys.changes(15), "chatlink:{15}:changes");
        assert_eq!(keys.texts("block", "+49171123"), "chatlink:{texts}:block:+49171123");
    }
}
