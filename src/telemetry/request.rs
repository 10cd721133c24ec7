//! Which request is worked on: what is logged meanwhile bears its id.

tokio::task_local! {
    static ID: String;
}

/// Does the work for a request of that id.
pub async fn within<T>(id: String, work: impl Future<Output = T>) -> T {
    ID.scope(id, work).await
}

/// Does something with the id of the request that is being worked on, if one is.
pub(super) fn id<E>(with: impl FnOnce(&str) -> Result<(), E>) -> Result<(), E> {
    // Called in the middle of one's own destruction there is none.
    ID.try_with(|id| with(id)).unwrap_or(Ok(()))
}
