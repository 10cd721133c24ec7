-- What was done to accounts and by whom, for as long as the operator keeps it. No secrets, no identifiers, nothing
-- typed. Without a foreign key: that an account was deleted outlives the account.
create table audit_events (
    id bigint generated always as identity constraint audit_events_pkey primary key,
    at timestamptz not null,
    event text not null,
    user_id uuid,
    session_id uuid,
    ip inet,
    -- The operator who did it; null where it was done over HTTP.
    operator text
);

create index audit_events_by_user on audit_events (user_id, at);
create index audit_events_by_time on audit_events (at);
