//! What each command does: the rules one by one.
//!
//! A turn takes a state, lets it catch up with the present, applies one command, and ends in a decision. A refusal
//! leaves the state alone, but for a wrong code, which is counted.

use super::{
    code::{Code, CompletionToken, Guess, MessageId, Purpose},
    command::{Accepted, Command, Refusal, Reply},
    dispatch::Dispatch,
    machine::{Otp, State},
    policy::CodeLength,
    session::{Delivery, Phase, Session, SessionId},
};
use crate::{identifier::Subject as _, locale::Locale, machine::Decision, time::Timestamp};

type Verdict<E> = Result<E, Refusal>;

/// What one command does to one state.
pub(super) struct Turn<'a, P: Purpose> {
    rules: &'a Otp<P>,
    state: State<P::Subject>,
    now: Timestamp,
    effects: Vec<Vec<u8>>,
}

impl<'a, P: Purpose> Turn<'a, P> {
    /// Expiry is evaluated here, once, for every command.
    pub fn begin(rules: &'a Otp<P>, mut state: State<P::Subject>, now: Timestamp) -> Self {
        let now = now.max(state.as_of);
        state.sessions.iter_mut().for_each(|session| session.settle(now));
        Self { rules, state, now, effects: Vec::new() }
    }

    /// Commits if anything changed. What has become irrelevant is dropped along with a change, never for its own sake.
    pub fn end(
        mut self,
        before: Option<&State<P::Subject>>,
        reply: Reply<P::Subject>,
    ) -> Decision<State<P::Subject>, Reply<P::Subject>> {
        let unchanged = before.map_or(self.state.sessions.is_empty(), |before| *before == self.state);
        if unchanged {
            return Decision::Answer(reply);
        }
        let (now, limits) = (self.now, self.rules.limits);
        self.state.as_of = now;
        self.state.sessions.retain(|session| now < session.gone_at());
        self.state.sends.prune(limits.sends, now);
        self.state.failures.prune(limits.failures, now);
        Decision::Commit { next: self.state, effects: self.effects, reply }
    }

    pub fn take(&mut self, command: &Command<P::Subject>) -> Reply<P::Subject> {
        let index = match command {
            Command::Start { session, subject, locale, .. } => self.start(*session, subject, *locale)?,
            Command::Status { session } => self.find(*session)?,
            Command::Resend { session } => self.resend(*session)?,
            Command::Verify { session, guess, token } => self.verify(*session, guess, token)?,
            Command::Authorize { session, token } => self.authorize(*session, token)?,
            Command::Complete { session, token } => self.finish(*session, token, Phase::Completed { at: self.now })?,
            Command::Discard { session, token } => self.finish(*session, token, Phase::Expired { at: self.now })?,
            Command::Report { message, outcome } => self.report(*message, *outcome)?,
            Command::Forget { subject } => self.forget(subject)?,
        };
        let session = self.session(index)?;
        Ok(Accepted {
            session: self.rules.view_of(&self.state, session),
            subject: session.subject.clone(),
            locale: session.locale,
        })
    }

    fn start(&mut self, id: SessionId, subject: &P::Subject, locale: Locale) -> Verdict<usize> {
        // The same command decided again, its first outcome having been unknown: the code is on its way already.
        if let Ok(index) = self.find(id) {
            return Ok(index);
        }
        self.refuse_failures_over_limit()?;
        self.refuse_sends_over_limit()?;
        let (policy, now) = (&self.rules.policy, self.now);
        let session = Session {
            id,
            subject: subject.clone(),
            created_at: now,
            locale,
            key: self.rules.keyring.newest_id(),
            code_length: self.code_length(subject),
            generation: 0,
            sent_at: now,
            resends_used: 0,
            attempts_left: policy.max_attempts.get(),
            delivery: Delivery::Queued,
            phase: Phase::Pending { opened_at: now, expires_at: now + policy.ttl.min(policy.max_lifetime) },
        };
        self.state.sessions.push(session);
        let index = self.state.sessions.len() - 1;
        self.send(index)?;
        Ok(index)
    }

    fn resend(&mut self, id: SessionId) -> Verdict<usize> {
        let index = self.find_pending(id)?;
        let available_at = self.session(index)?.resend_available_at(&self.rules.policy);
        let available_at = available_at.ok_or(Refusal::ResendsExhausted)?;
        self.refuse_failures_over_limit()?;
        self.refuse_sends_over_limit()?;
        if self.now < available_at {
            return Err(Refusal::ResendCooldown { available_at });
        }
        let (rules, now) = (self.rules, self.now);
        self.session_mut(index)?.resend(&rules.policy, now);
        self.send(index)?;
        Ok(index)
    }

    fn verify(&mut self, id: SessionId, guess: &Guess, token: &CompletionToken) -> Verdict<usize> {
        // Only this very command can know its token: it is decided again, its first outcome having been unknown.
        if let Ok(index) = self.authorize(id, token) {
            return Ok(index);
        }
        let index = self.find_pending(id)?;
        self.refuse_failures_over_limit()?;
        let (rules, now) = (self.rules, self.now);
        let code = self.code(index)?;
        let session = self.session_mut(index)?;
        let expected = session.code_length;
        let guess = guess.of_length(expected).ok_or(Refusal::CodeMalformed { expected })?;
        if code.matches(guess) {
            session.phase = Phase::Verified { token: token.hash(), expires_at: now + rules.policy.completion_ttl };
            return Ok(index);
        }
        session.attempts_left = session.attempts_left.saturating_sub(1);
        let attempts_left = session.attempts_left;
        if attempts_left == 0 {
            session.phase = Phase::Locked { at: now };
        }
        self.state.failures.record(now);
        Err(Refusal::CodeIncorrect { attempts_left })
    }

    /// The code that the session is verified by. Where a fixed one has another length than was asked for, it was not
    /// fixed yet when the session began, and the one that was sent is right.
    fn code(&self, index: usize) -> Verdict<Code> {
        let (rules, session) = (self.rules, self.session(index)?);
        let fixed = rules.trials.code(&session.subject, self.now);
        if let Some(code) = fixed.filter(|code| code.length() == Some(session.code_length)) {
            return Ok(code.clone());
        }
        let code = rules.keyring.code(session.key, session.id, session.generation, session.code_length);
        code.ok_or(Refusal::Expired)
    }

    fn authorize(&self, id: SessionId, token: &CompletionToken) -> Verdict<usize> {
        let index = self.find(id)?;
        match self.session(index)?.phase {
            Phase::Verified { token: expected, .. } if expected == token.hash() => Ok(index),
            _ => Err(Refusal::TokenInvalid),
        }
    }

    fn finish(&mut self, id: SessionId, token: &CompletionToken, phase: Phase) -> Verdict<usize> {
        let index = self.authorize(id, token)?;
        self.session_mut(index)?.phase = phase;
        Ok(index)
    }

    fn report(&mut self, message: MessageId, outcome: Delivery) -> Verdict<usize> {
        let keyring = &self.rules.keyring;
        let names = |it: &Session<_>| keyring.message_id(it.key, it.id, it.generation) == Some(message);
        let index = self.position(names)?;
        let session = self.session_mut(index)?;
        // Reports may come twice and out of order: what is known to have arrived stays so.
        if session.delivery != Delivery::Delivered && outcome != Delivery::Queued {
            session.delivery = outcome;
        }
        Ok(index)
    }

    /// The windows stay: they hold instants and nothing else.
    fn forget(&mut self, subject: &P::Subject) -> Verdict<usize> {
        self.state.sessions.retain(|session| !session.subject.is_forgotten_with(subject));
        Err(Refusal::UnknownSession)
    }

    fn send(&mut self, index: usize) -> Verdict<()> {
        let session = self.session(index)?;
        let Phase::Pending { expires_at, .. } = session.phase else { return Ok(()) };
        let message = self.rules.keyring.message_id(session.key, session.id, session.generation);
        let dispatch = Dispatch {
            purpose: P::NAME.to_owned(),
            key: self.state.key,
            subject: session.subject.clone(),
            locale: session.locale,
            message: message.ok_or(Refusal::Expired)?,
            code_key: session.key,
            session: session.id,
            generation: session.generation,
            code_length: session.code_length,
            expires_at,
        };
        self.effects.push(dispatch.encode());
        self.state.sends.record(self.now);
        Ok(())
    }

    /// Ten digits once half of the failures are used up: the owner still gets in, a guesser does not. A code that is
    /// fixed has the digits that it has.
    fn code_length(&self, subject: &P::Subject) -> CodeLength {
        if let Some(fixed) = self.rules.trials.code(subject, self.now).and_then(Code::length) {
            return fixed;
        }
        let failures = self.rules.limits.failures;
        let used = self.state.failures.count(failures, self.now);
        let suspicious = used.saturating_mul(2) >= usize::try_from(failures.limit).unwrap_or(usize::MAX);
        if suspicious { CodeLength::STEPPED_UP } else { self.rules.policy.code_length }
    }

    fn refuse_failures_over_limit(&self) -> Verdict<()> {
        let until = self.state.failures.full_until(self.rules.limits.failures, self.now);
        until.map_or(Ok(()), |until| Err(Refusal::IdentifierLimited { until }))
    }

    fn refuse_sends_over_limit(&self) -> Verdict<()> {
        let until = self.state.sends.full_until(self.rules.limits.sends, self.now);
        until.map_or(Ok(()), |until| Err(Refusal::IdentifierLimited { until }))
    }

    fn find(&self, id: SessionId) -> Verdict<usize> {
        self.position(|it| it.id == id)
    }

    /// Looks only among the sessions that can still be seen; the others are dropped with the next commit.
    fn position(&self, wanted: impl Fn(&Session<P::Subject>) -> bool) -> Verdict<usize> {
        let found = self.state.sessions.iter().position(|it| self.now < it.gone_at() && wanted(it));
        found.ok_or(Refusal::UnknownSession)
    }

    fn find_pending(&self, id: SessionId) -> Verdict<usize> {
        let index = self.find(id)?;
        match self.session(index)?.phase {
            // Without its key a session can be neither judged nor sent. It stays pending: during a rotation another
            // node may hold a key that this one does not know yet.
            Phase::Pending { .. } if !self.rules.keyring.holds(self.session(index)?.key) => Err(Refusal::Expired),
            Phase::Pending { .. } => Ok(index),
            Phase::Verified { .. } | Phase::Completed { .. } => Err(Refusal::CodeUsed),
            Phase::Expired { .. } => Err(Refusal::Expired),
            Phase::Locked { .. } => Err(Refusal::Locked),
        }
    }

    fn session(&self, index: usize) -> Verdict<&Session<P::Subject>> {
        self.state.sessions.get(index).ok_or(Refusal::UnknownSession)
    }

    fn session_mut(&mut self, index: usize) -> Verdict<&mut Session<P::Subject>> {
        self.state.sessions.get_mut(index).ok_or(Refusal::UnknownSession)
    }
}
