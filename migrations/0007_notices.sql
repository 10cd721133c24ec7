-- What people are to be told about their account, written with the change that it tells of, so that neither goes
-- without the other. A relay moves the rows to the courier's outbox, at least once.
create table notices (
    id uuid not null constraint notices_pkey primary key,
    -- A deleted account gets no more notices.
    user_id uuid not null constraint notices_user_fkey references users (id) on delete cascade,
    kind text not null,
    -- Where to: one of the two.
    email text,
    phone text,
    locale text not null,
    created_at timestamptz not null,
    -- From where somebody logged in.
    ip inet,
    -- Which kind of address changed.
    channel text,

    constraint notices_have_one_address check ((email is null) <> (phone is null))
);

create index notices_by_time on notices (created_at);
create index notices_by_user on notices (user_id);
