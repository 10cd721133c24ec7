-- Which actors may remember somebody in Redis by an address that their account does not have: one that they have begun
-- to claim, or one that they have given up. Their keys tell nothing, so an account that is deleted could not be
-- forgotten there otherwise. The actors themselves forget within the hour.
create table otp_traces (
    user_id uuid not null constraint otp_traces_user_fkey references users (id) on delete cascade,
    -- Of which flow.
    purpose text not null,
    -- A keyed hash of the address.
    actor bytea not null,
    noted_at timestamptz not null,

    constraint otp_traces_pkey primary key (user_id, purpose, actor),
    constraint otp_traces_actor_is_key check (octet_length(actor) = 16)
);

create index otp_traces_by_time on otp_traces (noted_at);
