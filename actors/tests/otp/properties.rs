//! What holds whatever happens: the rules as laws over random histories.

use std::{collections::HashMap, time::Duration};

use chatlink_actors::{
    locale::Locale,
    machine::{Decision, Machine as _},
    otp::{Command, Rate, Refusal, SessionId, SessionState},
    time::Timestamp,
};
use proptest::prelude::*;

use crate::{
    history::{histories, play, small_limits, small_policy},
    ledger::Moment,
    support::*,
};

/// At no time did more events lie within one window than the limit allows.
fn within(rate: Rate, events: &[Timestamp]) -> bool {
    let limit = usize::try_from(rate.limit).unwrap();
    events.windows(limit + 1).all(|run| run[limit].since(run[0]) >= rate.window)
}

/// All sessions that were seen at that moment, before the command and after it.
fn seen(moment: &Moment) -> impl Iterator<Item = SessionId> {
    moment.after.iter().map(|view| view.id.session)
}

/// From where a session may come to where it stands. Nothing leaves an end.
fn may_follow(before: SessionState, after: SessionState) -> bool {
    use SessionState::{Completed, Expired, Locked, Pending, Verified};
    before == after
        || matches!((before, after), (Pending, Verified | Locked | Expired) | (Verified, Completed | Expired))
}

/// The wait before a resend, from the contract's words alone.
fn wait_after(resends: usize) -> Duration {
    let policy = small_policy();
    match resends.checked_sub(usize::from(policy.free_resends)) {
        None => Duration::ZERO,
        Some(doublings) => {
            policy.resend_cooldown.saturating_mul(2_u32.pow(u32::try_from(doublings).unwrap())).min(mins(15))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing gives attempts back, no resend and no other session; and only a wrong code takes one.
    #[test]
    fn attempts_only_fall_and_only_by_wrong_codes(history in histories()) {
        let (_, trace) = play(&history);
        let mut attempts: HashMap<SessionId, u16> = HashMap::new();
        for moment in &trace {
            for session in seen(moment) {
                let left = moment.after(session).unwrap().attempts_left;
                let known = *attempts.entry(session).or_insert(small_policy().max_attempts.get());
                let judged = moment.is_failure() && moment.target == Some(session);
                prop_assert_eq!(left + u16::from(judged), known);
                attempts.insert(session, left);
            }
        }
    }

    /// However it is spread over time and codes: so many guesses a session, and the last one locks it.
    #[test]
    fn no_session_judges_more_wrong_codes_than_it_bears(history in histories()) {
        let (_, trace) = play(&history);
        let mut failures: HashMap<SessionId, u16> = HashMap::new();
        for moment in trace.iter().filter(|it| it.is_failure()) {
            let session = moment.target.unwrap();
            let count = failures.entry(session).or_default();
            *count += 1;
            let most = small_policy().max_attempts.get();
            prop_assert!(*count <= most && !moment.typed_right);
            prop_assert_eq!(moment.after(session).unwrap().state == SessionState::Locked, *count == most);
        }
    }

    /// Accepted: the newest code, while pending, before the instant of expiry; once.
    #[test]
    fn nothing_verifies_after_expiry_lock_or_use(history in histories()) {
        let (_, trace) = play(&history);
        let mut verified = Vec::new();
        for moment in trace.iter().filter(|it| it.is_verify() && it.reply.is_ok()) {
            let session = moment.target.unwrap();
            let before = moment.before(session).unwrap();
            prop_assert!(moment.typed_right && before.state == SessionState::Pending);
            prop_assert!(moment.now < before.expires_at);
            prop_assert!(moment.now < before.created_at + small_policy().max_lifetime);
            prop_assert!(!verified.contains(&session));
            verified.push(session);
        }
    }

    #[test]
    fn a_session_never_leaves_its_end(history in histories()) {
        let (_, trace) = play(&history);
        let mut states: HashMap<SessionId, SessionState> = HashMap::new();
        for moment in &trace {
            for view in moment.before.iter().chain(&moment.after) {
                let before = states.insert(view.id.session, view.state).unwrap_or(SessionState::Pending);
                prop_assert!(may_follow(before, view.state), "{:?} after {:?}", view.state, before);
            }
        }
    }

    #[test]
    fn a_resend_never_precedes_its_time_nor_exceeds_its_number(history in histories()) {
        let (_, trace) = play(&history);
        let mut sends: HashMap<SessionId, Vec<Timestamp>> = HashMap::new();
        for moment in &trace {
            for message in &moment.sent {
                let earlier = sends.entry(message.session).or_default();
                if let Some(last) = earlier.last() {
                    prop_assert!(moment.now.since(*last) >= wait_after(earlier.len() - 1));
                }
                earlier.push(moment.now);
                prop_assert!(earlier.len() <= 1 + usize::from(small_policy().max_resends));
            }
        }
    }

    #[test]
    fn in_no_window_are_more_sends_or_failures_than_the_limits_allow(history in histories()) {
        let (_, trace) = play(&history);
        let limits = small_limits();
        let sends: Vec<_> = trace.iter().flat_map(|it| it.sent.iter().map(|_| it.now)).collect();
        let failures: Vec<_> = trace.iter().filter(|it| it.is_failure()).map(|it| it.now).collect();
        prop_assert!(within(limits.sends, &sends) && within(limits.failures, &failures));
    }

    /// Each command sees to its own session: of the others nothing changes, no attempt, no resend, no delivery; and
    /// no message goes out for them.
    #[test]
    fn a_command_touches_no_session_but_its_own(history in histories()) {
        let (_, trace) = play(&history);
        for moment in &trace {
            for other in moment.before.iter().filter(|view| Some(view.id.session) != moment.target) {
                prop_assert!(moment.after(other.id.session) == Some(other));
            }
            prop_assert!(moment.sent.iter().all(|it| Some(it.session) == moment.target));
        }
    }

    /// The code that was sent last is the one that is accepted, whatever became of other sessions meanwhile.
    #[test]
    fn at_any_end_each_pending_session_still_takes_its_newest_code(history in histories()) {
        let (mut bench, trace) = play(&history);
        let Some(last) = trace.last() else { return Ok(()) };
        bench.now = last.now;
        for view in last.after.iter().filter(|view| view.state == SessionState::Pending) {
            let verdict = bench.verify_right(view.id.session);
            let limited = matches!(verdict, Err(Refusal::IdentifierLimited { .. }));
            prop_assert!(limited || verdict.is_ok_and(|it| it.state == SessionState::Verified));
        }
    }

    /// A refusal is an answer, not an event; but a wrong code is one.
    #[test]
    fn a_refused_command_changes_and_sends_nothing(history in histories()) {
        let (_, trace) = play(&history);
        for moment in trace.iter().filter(|it| it.reply.is_err() && !it.is_failure()) {
            prop_assert!(moment.before == moment.after && moment.sent.is_empty());
        }
    }

    /// The reply to a command and what a watcher is shown are one and the same.
    #[test]
    fn a_reply_shows_what_watchers_see(history in histories()) {
        let (_, trace) = play(&history);
        for moment in &trace {
            if let Ok(view) = &moment.reply {
                prop_assert!(moment.after(view.id.session) == Some(view));
            }
        }
    }

    /// After a commit of unknown outcome the shell decides the command again, perhaps on what it did itself. A
    /// second start or verification must then find that all is done.
    #[test]
    fn starting_and_verifying_twice_is_doing_it_once(history in histories()) {
        let (_, trace) = play(&history);
        let repeatable = |it: &&Moment| it.is_verify() || matches!(it.command, Command::Start { .. });
        for moment in trace.iter().filter(repeatable).filter(|it| it.reply.is_ok()) {
            prop_assert!(moment.again == moment.reply && moment.sent_again == 0);
        }
    }

    /// Redis forgets a state at `keep_until`. From then on it must be as good as none: no session to be seen, no
    /// limit that counts.
    #[test]
    fn from_keep_until_on_a_state_is_as_good_as_none(history in histories()) {
        let (mut bench, trace) = play(&history);
        let Some(last) = trace.last() else { return Ok(()) };
        let (Some(state), Some(keep_until)) = (bench.state.clone(), last.keep_until) else { return Ok(()) };
        for view in &last.after {
            prop_assert!(keep_until >= view.expires_at + mins(10));
        }
        let session = session_id(0xdd);
        let start = Command::Start { key: KEY, session, subject: ann(), locale: Locale::En };
        let remembered = bench.rules.decide(Some(&state), keep_until, &start);
        let forgotten = bench.rules.decide(None, keep_until, &start);
        prop_assert!(remembered == forgotten);
        let starts_anew = matches!(remembered, Decision::Commit { .. });
        prop_assert!(starts_anew);
        bench.now = keep_until;
        for view in &last.after {
            prop_assert!(bench.status(view.id.session) == Err(Refusal::UnknownSession));
        }
    }
}
