//! The actix wrapper around an entity: a bounded mailbox, emptied one piece of work at a time.

use actix::{
    Actor, ActorFutureExt as _, Addr, AtomicResponse, Context, Handler, Message, WrapFuture as _,
    dev::channel::{AddressReceiver, channel},
};
use tokio::sync::mpsc;

use super::entity::{Entity, Work};
use crate::machine::Machine;

pub(super) struct EntityActor<M: Machine> {
    /// Away while it works.
    entity: Option<Entity<M>>,
    /// Tells a draining supervisor, by being dropped, that this actor has finished.
    _running: mpsc::Sender<()>,
}

impl<M: Machine> EntityActor<M> {
    /// Starts an actor on this thread. It ends when the address is dropped and its mailbox is empty.
    pub fn start(entity: Entity<M>, mailbox: usize, running: mpsc::Sender<()>) -> Addr<Self> {
        let (address, received) = mailbox_of(mailbox);
        Context::with_receiver(received).run(Self { entity: Some(entity), _running: running });
        address
    }
}

/// A mailbox that has its size from the beginning: actix lets an actor set it only once it runs.
pub(super) fn mailbox_of<A: Actor>(size: usize) -> (Addr<A>, AddressReceiver<A>) {
    // To actix, no capacity is no bound.
    let (sender, received) = channel(size.max(1));
    (Addr::new(sender), received)
}

impl<M: Machine> Actor for EntityActor<M> {
    type Context = Context<Self>;
}

impl<M: Machine> Message for Work<M> {
    type Result = ();
}

impl<M: Machine> Handler<Work<M>> for EntityActor<M> {
    /// Atomic, so that the mailbox waits: with another kind of response the next command would be decided while this
    /// one is on its way to the store.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, work: Work<M>, _: &mut Self::Context) -> Self::Result {
        let entity = self.entity.take();
        let working = async move {
            let mut entity = entity?;
            entity.work(work).await;
            Some(entity)
        };
        AtomicResponse::new(Box::pin(working.into_actor(self).map(|entity, actor, _| actor.entity = entity)))
    }
}
