-- Which actors may hold an address of somebody that their account does not have yet: a change of identifier under way
-- remembers it in Redis, under a key that tells nothing. An account that is deleted is forgotten there too, so its
-- claims have to be found. The actors themselves forget within the hour.
create table identifier_claims (
    user_id uuid not null constraint identifier_claims_user_fkey references users (id) on delete cascade,
    -- A keyed hash of the address.
    actor bytea not null,
    claimed_at timestamptz not null,

    constraint identifier_claims_pkey primary key (user_id, actor),
    constraint identifier_claims_actor_is_key check (octet_length(actor) = 16)
);

create index identifier_claims_by_time on identifier_claims (claimed_at);
