//! Argon2id on threads of its own, as many as there are cores, so that a flood of logins never holds up a worker.
//! Each thread keeps its working memory: allocating it anew costs a quarter of the throughput. The queue in front
//! of them is bounded: what would wait too long is refused at once.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chatlink_actors::ports::Entropy;
use subtle::ConstantTimeEq as _;
use tokio::sync::oneshot;

use super::{
    password::{Password, PasswordAttempt},
    phc::{Known, StoredHash},
};
use crate::telemetry::metrics::{Hashing, Stopwatch};

/// Longest output that is made or compared.
const OUTPUT_BYTES: usize = 32;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes. They are computed one after the other, for the threads of the pool are the parallelism.
    pub parallelism: u32,
}

/// Why there is no hasher.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// No such Argon2.
    #[error("Argon2 does not take these parameters: {0}")]
    Cost(String),
    /// No thread for it.
    #[error("no thread for hashing passwords")]
    Thread(#[from] io::Error),
}

/// Too many passwords wait to be hashed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait to be hashed")]
pub struct Overloaded;

/// Whether a password was the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was.
    Right {
        /// The hash is of a lower cost than hashes are now, and is due to be made again.
        stale: bool,
    },
    /// It was not, or there was none to compare it with.
    Wrong,
}

/// The threads that hash. They end when this is dropped and their queue is worked off.
pub struct Hasher {
    jobs: mpsc::SyncSender<Job>,
    params: Params,
    entropy: Arc<dyn Entropy>,
    counted: Hashing,
}

impl Hasher {
    /// Starts so many threads, with room for so many waiting passwords.
    pub fn start(
        cost: Cost,
        threads: usize,
        queue: usize,
        entropy: Arc<dyn Entropy>,
        counted: Hashing,
    ) -> Result<Self, HasherError> {
        let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, Some(OUTPUT_BYTES))
            .map_err(|error| HasherError::Cost(error.to_string()))?;
        let (jobs, inbox) = mpsc::sync_channel(queue.max(1));
        let inbox = Arc::new(Mutex::new(inbox));
        for index in 0..threads.max(1) {
            let (inbox, counted) = (Arc::clone(&inbox), counted.clone());
            thread::Builder::new().name(format!("argon2-{index}")).spawn(move || serve(&inbox, &counted))?;
        }
        Ok(Self { jobs, params, entropy, counted })
    }

    /// Hashes a new password.
    ///
    /// # Cancellation
    /// If the future is dropped, a password that still waits is not hashed.
    pub async fn hash(&self, password: Password) -> Result<StoredHash, Overloaded> {
        self.hash_attempt(password.into_attempt()).await
    }

    /// Hashes again a password that has just been the right one.
    pub(super) async fn hash_attempt(&self, password: PasswordAttempt) -> Result<StoredHash, Overloaded> {
        let salt: [u8; 16] = self.entropy.array();
        let params = self.params.clone();
        let output = self.run(password, params.clone(), salt.to_vec(), None).await?;
        Known { params, salt: salt.to_vec(), output }.write().ok_or(Overloaded)
    }

    /// Compares a password with a stored hash in constant time. Without a hash, or with one that is not Argon2id,
    /// the work of one hash is done all the same, and with one of a lower cost the work that it lacks is done besides,
    /// so that time tells nothing. A hash of a higher cost than hashes have now does take longer.
    ///
    /// # Cancellation
    /// If the future is dropped, a password that still waits is not hashed.
    pub async fn verify(&self, password: PasswordAttempt, stored: Option<&StoredHash>) -> Result<Verdict, Overloaded> {
        let Some(known) = stored.and_then(Known::read) else {
            let salt: [u8; 16] = self.entropy.array();
            self.run(password, self.params.clone(), salt.to_vec(), None).await?;
            return Ok(Verdict::Wrong);
        };
        let stale = self.is_stale(&known.params);
        let besides = self.lacking(&known.params);
        let output = self.run(password, known.params, known.salt, besides).await?;
        let right: bool = output.ct_eq(&known.output).into();
        Ok(if right { Verdict::Right { stale } } else { Verdict::Wrong })
    }

    fn is_stale(&self, params: &Params) -> bool {
        params.m_cost() < self.params.m_cost()
            || params.t_cost() < self.params.t_cost()
            || params.p_cost() < self.params.p_cost()
    }

    /// What makes the work of a hash up to that of one today, if it is less.
    fn lacking(&self, params: &Params) -> Option<Params> {
        let lack = work(&self.params).checked_sub(work(params))?;
        let memory = u32::try_from(lack / u64::from(self.params.t_cost())).ok()?;
        // Too little to be done at all is too little to be noticed.
        Params::new(memory, self.params.t_cost(), self.params.p_cost(), Some(OUTPUT_BYTES)).ok()
    }

    async fn run(
        &self,
        password: PasswordAttempt,
        params: Params,
        salt: Vec<u8>,
        besides: Option<Params>,
    ) -> Result<Vec<u8>, Overloaded> {
        let (reply, answer) = oneshot::channel();
        self.counted.queued();
        self.jobs.try_send(Job { password, params, salt, besides, reply }).map_err(|_| {
            self.counted.refused();
            Overloaded
        })?;
        answer.await.map_err(|_| Overloaded)
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").field("params", &self.params).finish_non_exhaustive()
    }
}

struct Job {
    password: PasswordAttempt,
    params: Params,
    salt: Vec<u8>,
    /// Work whose outcome nobody wants.
    besides: Option<Params>,
    reply: oneshot::Sender<Vec<u8>>,
}

/// How long a hash takes is as its memory times the passes over it.
fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

/// One thread: takes jobs until there is nobody left to give any.
fn serve(inbox: &Mutex<mpsc::Receiver<Job>>, counted: &Hashing) {
    let mut memory = Vec::new();
    loop {
        let job = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        counted.taken();
        // Whoever asked may have given up while the password waited.
        if job.reply.is_closed() {
            continue;
        }
        let watch = Stopwatch::start();
        // A thread that died of one password would be missed by all others.
        let computed = panic::catch_unwind(AssertUnwindSafe(|| compute(&job, &mut memory)));
        let Ok(computed) = computed else {
            memory = Vec::new();
            continue;
        };
        counted.hashed(watch.elapsed());
        if let Some(output) = computed {
            // Given up only now: nobody to tell.
            job.reply.send(output).ok();
        }
    }
}

fn compute(job: &Job, memory: &mut Vec<Block>) -> Option<Vec<u8>> {
    let output = hash(job, &job.params, memory)?;
    if let Some(params) = &job.besides {
        std::hint::black_box(hash(job, params, memory));
    }
    Some(output)
}

fn hash(job: &Job, params: &Params, memory: &mut Vec<Block>) -> Option<Vec<u8>> {
    memory.resize(params.block_count(), Block::new());
    let mut output = vec![0; params.output_len().unwrap_or(OUTPUT_BYTES)];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(job.password.as_bytes(), &job.salt, &mut output, memory)
        .ok()?;
    Some(output)
}

#[cfg(test)]
mod tests {
    use chatlink_actors::time::Timestamp;
    use futures_util::FutureExt as _;

    use super::*;
    use crate::telemetry::metrics::{Exposition, Metrics, Reading};

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    const CHEAP: Cost = Cost { memory_kib: 64, iterations: 1, parallelism: 1 };

    fn hasher(cost: Cost) -> Hasher {
        Hasher::start(cost, 2, 8, Arc::new(Fixed), Hashing::default()).unwrap()
    }

    fn attempt(text: &str) -> PasswordAttempt {
        PasswordAttempt::new(text)
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let hasher = hasher(CHEAP);
        let stored = hasher.hash_attempt(attempt("right")).await.unwrap();
        assert!(stored.as_str().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let verdict = hasher.verify(attempt("right"), Some(&stored)).await;
        assert_eq!(verdict, Ok(Verdict::Right { stale: false }));
        assert_eq!(hasher.verify(attempt("wrong"), Some(&stored)).await, Ok(Verdict::Wrong));
        assert_eq!(hasher.verify(attempt("right"), None).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn hashes_are_those_of_other_argon2_programs() {
        use argon2::{PasswordHasher as _, PasswordVerifier as _};
        let reference = Argon2::default();
        let theirs = reference.hash_password_with_salt(b"right", b"0123456789abcdef").unwrap();
        let verdict = hasher(CHEAP).verify(attempt("right"), Some(&StoredHash::from_text(theirs.to_string()))).await;
        assert_eq!(verdict, Ok(Verdict::Right { stale: false }));
        let ours = hasher(CHEAP).hash_attempt(attempt("right")).await.unwrap();
        assert!(reference.verify_password(b"right", &argon2::PasswordHash::new(ours.as_str()).unwrap()).is_ok());
    }

    #[tokio::test]
    async fn a_hash_is_stale_once_any_cost_has_risen() {
        let stored = hasher(CHEAP).hash_attempt(attempt("right")).await.unwrap();
        let raised = [
            (Cost { memory_kib: 128, ..CHEAP }, true),
            (Cost { iterations: 2, ..CHEAP }, true),
            (Cost { parallelism: 2, ..CHEAP }, true),
            (Cost { memory_kib: 32, ..CHEAP }, false),
        ];
        for (cost, stale) in raised {
            let verdict = hasher(cost).verify(attempt("right"), Some(&stored)).await;
            assert_eq!(verdict, Ok(Verdict::Right { stale }), "{cost:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_a_lower_cost_and_none_at_all_cost_the_work_of_one_today() {
        let today = Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 };
        let (jobs, inbox) = mpsc::sync_channel(1);
        let idle = Hasher { jobs, ..hasher(today) };
        for old in [CHEAP, Cost { memory_kib: 19_456, iterations: 1, ..CHEAP }, Cost { memory_kib: 7168, ..today }] {
            let stored = hasher(old).hash_attempt(attempt("right")).await.unwrap();
            for stored in [Some(&stored), None] {
                let mut waiting = Box::pin(idle.verify(attempt("wrong"), stored));
                assert!((&mut waiting).now_or_never().is_none());
                let job = inbox.recv().unwrap();
                let done = work(&job.params) + job.besides.as_ref().map_or(0, work);
                assert_eq!(done, 19_456 * 2, "{old:?}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_done_besides_changes_no_verdict() {
        let stored = hasher(CHEAP).hash_attempt(attempt("right")).await.unwrap();
        let hasher = hasher(Cost { memory_kib: 256, iterations: 2, parallelism: 1 });
        let verdict = hasher.verify(attempt("right"), Some(&stored)).await;
        assert_eq!(verdict, Ok(Verdict::Right { stale: true }));
        assert_eq!(hasher.verify(attempt("wrong"), Some(&stored)).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn what_is_no_argon2id_fits_nothing() {
        for stored in ["", "right", "$argon2i$v=19$m=64,t=1,p=1$BwcHBwcHBwc$AAAAAAAAAAAAAAAAAAAA", "$2b$12$abc"] {
            let verdict = hasher(CHEAP).verify(attempt("right"), Some(&StoredHash::from_text(stored.into()))).await;
            assert_eq!(verdict, Ok(Verdict::Wrong), "{stored}");
        }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_recovers() {
        // No thread takes anything from this queue of one.
        let (jobs, inbox) = mpsc::sync_channel(1);
        let metrics = Metrics::default();
        let idle = Hasher { jobs, counted: metrics.hashing.clone(), ..hasher(CHEAP) };
        let waiting = idle.verify(attempt("first"), None);
        let mut waiting = Box::pin(waiting);
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(idle.verify(attempt("second"), None).await, Err(Overloaded));
        let text = Exposition::new(&metrics, Box::new(Reading::default), Timestamp::default()).text().unwrap();
        for line in ["chatlink_password_hashes_waiting 1\n", "chatlink_password_hashes_refused_total 1\n"] {
            assert!(text.contains(line), "{text}");
        }
        let first = inbox.recv().unwrap();
        drop(waiting);
        assert!(first.reply.is_closed());
    }

    #[test]
    fn impossible_costs_are_refused() {
        for cost in [Cost { memory_kib: 1, ..CHEAP }, Cost { iterations: 0, ..CHEAP }, Cost { parallelism: 0, ..CHEAP }]
        {
            assert!(matches!(
                Hasher::start(cost, 1, 1, Arc::new(Fixed), Hashing::default()),
                Err(HasherError::Cost(_))
            ));
        }
    }
}
