-- Accounts. That an email address, a phone number or a username belongs to one account alone is decided here and
-- nowhere else: each has a canonical form under a unique constraint. The constraints are named because the program
-- tells by the name which of them was violated.
create table users (
    id uuid not null constraint users_pkey primary key,
    -- The OTP session that was completed to make the account, as SHA-256 of its id, which is a capability. Unique,
    -- so that a completion that is tried again after a crash finds the account that it made already.
    otp_session bytea not null constraint users_otp_session_unique unique,
    -- As it is delivered to, beside the form in which two spellings of it are equal.
    email text,
    email_canonical text constraint users_email_unique unique,
    -- E.164.
    phone text constraint users_phone_unique unique,
    -- As typed, beside the form in which it is unique.
    username text not null,
    username_canonical text not null constraint users_username_unique unique,
    -- A PHC string, which names its own parameters.
    password_hash text not null,
    full_name text not null,
    bio text not null default '',
    date_of_birth date not null,
    gender text not null,
    country char(2) not null,
    native_language text not null,
    learning_languages text[] not null,
    -- Null until the first change after registration: registering starts no cooldown.
    languages_changed_at timestamptz,
    -- In which language ChatLink writes to them.
    locale text not null,
    -- Instants come from the program, never from now(), so that tests own time.
    created_at timestamptz not null,

    constraint users_otp_session_is_sha256 check (octet_length(otp_session) = 32),
    constraint users_email_has_canonical check ((email is null) = (email_canonical is null)),
    constraint users_can_be_reached check (email is not null or phone is not null),
    -- In the C collation, for in a Turkish one the lower case of I is not i.
    constraint users_username_is_canonical check (username_canonical = lower(username collate "C")),
    constraint users_gender_known check (gender in ('female', 'male', 'other')),
    constraint users_country_is_code check (country ~ '^[A-Z]{2}$'),
    constraint users_native_language_is_code check (native_language ~ '^[a-z]{3}$'),
    constraint users_learning_one_to_five check (cardinality(learning_languages) between 1 and 5),
    constraint users_learning_not_native check (not (native_language = any (learning_languages)))
);
