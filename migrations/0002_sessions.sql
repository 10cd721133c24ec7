-- Sessions. A row is a session that was opened and not ended; it lives while `expires_at` lies ahead. Ending one
-- deletes its row, so every question about it has the same answer as for one that never was.
create table sessions (
    id uuid not null constraint sessions_pkey primary key,
    -- An account that goes takes its sessions along.
    user_id uuid not null constraint sessions_user_fkey references users (id) on delete cascade,
    kind text not null,
    device_name text,
    -- From where it was opened, to be shown to its owner.
    ip inet not null,
    created_at timestamptz not null,
    -- Kept to a minute, so that most requests write nothing.
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    -- SHA-256 of the refresh token.
    refresh_hash bytea not null constraint sessions_refresh_hash_unique unique,

    constraint sessions_kind_known check (kind in ('token')),
    constraint sessions_refresh_hash_is_sha256 check (octet_length(refresh_hash) = 32)
);

-- For the cap on live sessions, which ends the least recently used one, and for listing them.
create index sessions_by_user on sessions (user_id, last_seen_at);
