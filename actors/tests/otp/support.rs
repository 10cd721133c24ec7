//! A bench to try the rules on: it plays the runner, the store and the courier for one identifier.

use std::time::Duration;

use chatlink_actors::{
    identifier::{ActorKey, Identifier},
    locale::Locale,
    machine::{Decision, Machine as _},
    otp::{
        CodeLength, Command, CompletionToken, Delivery, Dispatch, Guess, Keyring, Limits, Otp, Policy, Purpose, Rate,
        Refusal, Registration, Reply, SessionId, SessionState, SessionView, State,
    },
    time::Timestamp,
};

pub const SECRET: &[u8] = b"a secret of the server, 32 bytes";
/// No key was ever rotated out.
pub const NO_OLDER: [&[u8]; 0] = [];
pub const KEY: ActorKey = ActorKey::from_bytes([7; 16]);
/// The present when a bench is set up.
pub const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub const fn mins(mins: u64) -> Duration {
    Duration::from_secs(60 * mins)
}

pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub fn session_id(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

pub fn token(number: u8) -> CompletionToken {
    CompletionToken::from_bytes([number; 32])
}

/// The defaults.
pub fn policy() -> Policy {
    Policy {
        code_length: CodeLength::new(6).unwrap(),
        ttl: mins(5),
        max_attempts: 5.try_into().unwrap(),
        free_resends: 5,
        resend_cooldown: secs(60),
        max_resends: 10,
        max_lifetime: mins(30),
        completion_ttl: mins(15),
    }
}

/// The defaults.
pub fn limits() -> Limits {
    let day = secs(24 * 60 * 60);
    Limits { sends: Rate { limit: 20, window: day }, failures: Rate { limit: 40, window: day } }
}

pub fn keyring<P: Purpose>() -> Keyring<P> {
    Keyring::derive(SECRET, &NO_OLDER)
}

pub fn ann() -> Identifier {
    Identifier::parse("ann@example.org").unwrap()
}

/// One identifier, its state, and all messages that were ever put in the outbox.
pub struct Bench<P: Purpose = Registration> {
    pub rules: Otp<P>,
    pub state: Option<State<P::Subject>>,
    pub now: Timestamp,
    pub outbox: Vec<Dispatch<P::Subject>>,
    pub commits: usize,
    subject: P::Subject,
    started: u8,
}

impl Bench<Registration> {
    pub fn new() -> Self {
        Self::with(policy(), limits())
    }

    pub fn with(policy: Policy, limits: Limits) -> Self {
        Self::of(Otp::new(policy, limits, keyring()), ann())
    }
}

impl<P: Purpose> Bench<P> {
    pub fn of(rules: Otp<P>, subject: P::Subject) -> Self {
        Self { rules, state: None, now: NOON, outbox: Vec::new(), commits: 0, subject, started: 0 }
    }

    /// Sets the clock; nothing keeps a test from setting it back.
    pub fn at(&mut self, since_noon: Duration) -> &mut Self {
        self.now = NOON + since_noon;
        self
    }

    /// How many bytes the present state takes in the store.
    pub fn stored_bytes(&self) -> usize {
        self.state.as_ref().map_or(0, |state| self.rules.encode(state).len())
    }

    pub fn wait(&mut self, duration: Duration) -> &mut Self {
        self.now = self.now + duration;
        self
    }

    /// Decides a command, applies what is to be committed, gives the reply.
    pub fn ask(&mut self, command: &Command<P::Subject>) -> Reply<P::Subject> {
        let decision = self.rules.decide(self.state.as_ref(), self.now, command);
        let again = self.rules.decide(self.state.as_ref(), self.now, command);
        assert!(decision == again, "the same arguments, the same decision");
        match decision {
            Decision::Answer(reply) => reply,
            Decision::Commit { next, effects, reply } => {
                self.commits += 1;
                self.outbox.extend(effects.iter().map(|bytes| Dispatch::decode(bytes).unwrap()));
                self.hold_to_account(&next);
                self.state = Some(next);
                reply
            }
        }
    }

    /// What is true of every state that is ever committed.
    fn hold_to_account(&self, state: &State<P::Subject>) {
        let bytes = self.rules.encode(state);
        assert!(self.rules.decode(&bytes).is_ok_and(|back| back == *state), "the stored form says the same");
        assert!(self.rules.settle(state, self.now).is_none(), "what is committed is settled");
        let Some(deadline) = self.rules.deadline(state) else { return };
        assert!(deadline > self.now, "a deadline that has passed would wake the timer for ever");
        assert!(self.rules.keep_until(state) >= deadline, "a state must outlive its deadline");
        let settled = self.rules.settle(state, deadline).expect("at its deadline a state has something to say");
        assert!(self.rules.deadline(&settled).is_none_or(|next| next > deadline), "time settles a deadline");
    }

    pub fn try_start(&mut self) -> (SessionId, Reply<P::Subject>) {
        self.started += 1;
        let session = session_id(self.started);
        let subject = self.subject.clone();
        let reply = self.ask(&Command::Start { key: KEY, session, subject, locale: Locale::En });
        (session, reply)
    }

    pub fn start(&mut self) -> SessionId {
        let (session, reply) = self.try_start();
        assert_eq!(reply.map(|accepted| accepted.session.state), Ok(SessionState::Pending));
        session
    }

    pub fn status(&mut self, session: SessionId) -> Result<SessionView, Refusal> {
        self.ask(&Command::Status { session }).map(|accepted| accepted.session)
    }

    /// The status of a session that is there.
    pub fn see(&mut self, session: SessionId) -> SessionView {
        self.status(session).unwrap()
    }

    pub fn resend(&mut self, session: SessionId) -> Result<SessionView, Refusal> {
        self.ask(&Command::Resend { session }).map(|accepted| accepted.session)
    }

    /// The newest message of a session, as the courier finds it in the outbox.
    pub fn message(&self, session: SessionId) -> &Dispatch<P::Subject> {
        self.outbox.iter().rfind(|it| it.session == session).unwrap()
    }

    /// The newest code of a session, derived as the courier derives it.
    pub fn code(&self, session: SessionId) -> String {
        let it = self.message(session);
        let code = self.rules.keyring().code(it.code_key, it.session, it.generation, it.code_length);
        code.unwrap().digits().to_owned()
    }

    /// A code of the right form that is not the code of the session.
    pub fn wrong_code(&self, session: SessionId) -> String {
        let code = self.code(session);
        let (head, last) = code.split_at(code.len() - 1);
        format!("{head}{}", (last.parse::<u8>().unwrap() + 1) % 10)
    }

    /// Verifies with what was typed; each call brings another token, as each request does.
    pub fn verify(&mut self, session: SessionId, typed: &str) -> Result<SessionView, Refusal> {
        self.verify_with(session, typed, token(0))
    }

    pub fn verify_with(
        &mut self,
        session: SessionId,
        typed: &str,
        token: CompletionToken,
    ) -> Result<SessionView, Refusal> {
        let guess = Guess::from_input(typed);
        self.ask(&Command::Verify { session, guess, token }).map(|accepted| accepted.session)
    }

    pub fn verify_right(&mut self, session: SessionId) -> Result<SessionView, Refusal> {
        let code = self.code(session);
        self.verify(session, &code)
    }

    /// A code that was typed wrong, by a request with a token of its own.
    pub fn verify_wrong(&mut self, session: SessionId) -> Result<SessionView, Refusal> {
        let code = self.wrong_code(session);
        self.verify_with(session, &code, token(255))
    }

    /// Another request with the right code: its token is not that of the first.
    pub fn verify_right_again(&mut self, session: SessionId) -> Result<SessionView, Refusal> {
        let code = self.code(session);
        self.verify_with(session, &code, token(254))
    }

    pub fn authorize(&mut self, session: SessionId, token: CompletionToken) -> Result<SessionView, Refusal> {
        self.ask(&Command::Authorize { session, token }).map(|accepted| accepted.session)
    }

    pub fn complete(&mut self, session: SessionId, token: CompletionToken) -> Result<SessionView, Refusal> {
        self.ask(&Command::Complete { session, token }).map(|accepted| accepted.session)
    }

    pub fn discard(&mut self, session: SessionId, token: CompletionToken) -> Result<SessionView, Refusal> {
        self.ask(&Command::Discard { session, token }).map(|accepted| accepted.session)
    }

    /// Reports on the newest message of a session, as the courier does.
    pub fn report(&mut self, session: SessionId, outcome: Delivery) -> Result<SessionView, Refusal> {
        let message = self.message(session).message;
        self.ask(&Command::Report { message, outcome }).map(|accepted| accepted.session)
    }

    /// Brings a fresh session into a state, at the present instant but for `Expired`, which takes its time to live.
    pub fn session_in(&mut self, state: SessionState) -> SessionId {
        let session = self.start();
        match state {
            SessionState::Pending => {}
            SessionState::Verified => drop(self.verify_right(session).unwrap()),
            SessionState::Completed => {
                self.verify_right(session).unwrap();
                self.complete(session, token(0)).unwrap();
            }
            SessionState::Expired => drop(self.wait(policy().ttl)),
            SessionState::Locked => {
                for _ in 0..policy().max_attempts.get() {
                    drop(self.verify_wrong(session));
                }
            }
        }
        assert_eq!(self.see(session).state, state);
        session
    }
}
