-- Browsers hold a session by a cookie, other clients by tokens: of either secret only the hash is stored. A session
-- has the one that goes with its kind.
alter table sessions
    add column cookie_hash bytea constraint sessions_cookie_hash_unique unique,
    alter column refresh_hash drop not null,
    drop constraint sessions_kind_known,
    add constraint sessions_kind_known check (kind in ('token', 'cookie')),
    add constraint sessions_secret_fits_kind check (
        (refresh_hash is not null) = (kind = 'token') and (cookie_hash is not null) = (kind = 'cookie')
    ),
    add constraint sessions_cookie_hash_is_sha256 check (octet_length(cookie_hash) = 32);

-- Refresh tokens that were used a moment ago. One of them repeated within the grace gets the successor it got before;
-- one that is no longer here, and no longer current, was used twice.
create table spent_refresh_tokens (
    hash bytea not null constraint spent_refresh_tokens_pkey primary key,
    session_id uuid not null constraint spent_refresh_tokens_session_fkey references sessions (id) on delete cascade,
    spent_at timestamptz not null,

    constraint spent_refresh_tokens_hash_is_sha256 check (octet_length(hash) = 32)
);

create index spent_refresh_tokens_by_session on spent_refresh_tokens (session_id);

-- Sweeping what has expired looks for it by time.
create index sessions_by_expiry on sessions (expires_at);
create index spent_refresh_tokens_by_time on spent_refresh_tokens (spent_at);

-- Which devices of an account have been seen before, so that a login from another one can be told to its owner.
create table known_devices (
    user_id uuid not null constraint known_devices_user_fkey references users (id) on delete cascade,
    -- A keyed hash of what the client says of itself.
    mark bytea not null,
    seen_at timestamptz not null,

    constraint known_devices_pkey primary key (user_id, mark),
    constraint known_devices_mark_is_sha256 check (octet_length(mark) = 32)
);

create index known_devices_by_time on known_devices (seen_at);
