-- A login takes long, for it hashes. If the password or the lock changes meanwhile, no session may come of the old
-- one: whoever opens a session names the version that was verified.
alter table users
    add column credentials_version integer not null default 0,
    -- Counts the changes of what its owner sees of the account, so that of two changes at once none is lost.
    add column version integer not null default 0,
    -- When the password, or what its owner is reached by, last changed; null until the first change. A reset that was
    -- started before is worth nothing: its code may have gone to an address that is not the owner's any more.
    add column credentials_changed_at timestamptz,
    -- By an operator. A locked account keeps its data and lets nobody in.
    add column locked_at timestamptz;

-- The OTP sessions that have been used up on an account, as SHA-256 of their ids, so that of several completions one
-- succeeds, and a completion that is tried again after a crash is known.
create table otp_completions (
    otp_session bytea not null constraint otp_completions_pkey primary key,
    user_id uuid not null constraint otp_completions_user_fkey references users (id) on delete cascade,
    completed_at timestamptz not null,

    constraint otp_completions_otp_session_is_sha256 check (octet_length(otp_session) = 32)
);

create index otp_completions_by_time on otp_completions (completed_at);
create index otp_completions_by_user on otp_completions (user_id);
