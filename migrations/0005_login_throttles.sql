-- Failed logins, where all nodes see them and where they survive Redis. Neither accounts nor addresses are named:
-- both columns are keyed hashes, so that unknown names count like known ones and a typed name is never stored.

-- Of one account, from one address.
create table login_throttles (
    account bytea not null,
    address bytea not null,
    failures integer not null,
    last_failure_at timestamptz not null,
    -- Nothing is judged before.
    throttled_until timestamptz,

    constraint login_throttles_pkey primary key (account, address),
    constraint login_throttles_failures_positive check (failures > 0)
);

create index login_throttles_by_time on login_throttles (last_failure_at);

-- From one address, of whatever account: the instants of the failures within the window, oldest first.
create table login_addresses (
    address bytea not null constraint login_addresses_pkey primary key,
    failures timestamptz[] not null,
    last_failure_at timestamptz not null
);

create index login_addresses_by_time on login_addresses (last_failure_at);
