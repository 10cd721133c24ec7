//! One identifier, one username, one account.

use chatlink::accounts::{
    NewAccount, RegisterError,
    password::{Context, Password},
    profile::FullName,
};
use chatlink_actors::{
    identifier::{Identifier, LoginName},
    locale::Locale,
};
use futures_util::future::join_all;

use super::support::{PASSWORD, START, World, person};

#[tokio::test]
async fn an_account_holds_what_was_given() {
    let world = World::new().await;
    let user = world.registered("Ann.Lee", "Ann.Lee@BÜCHER.example").await;
    assert_eq!((user.username.as_str(), user.full_name.as_str(), user.bio.as_str()), ("Ann.Lee", "Ann Lee", ""));
    assert_eq!(user.email.as_deref(), Some("Ann.Lee@xn--bcher-kva.example"));
    assert_eq!(user.phone, None);
    assert_eq!(user.country.code(), "DE");
    assert_eq!(user.native_language.code(), "deu");
    let learning: Vec<_> = user.learning_languages.iter().map(|language| language.code()).collect();
    assert_eq!(learning, ["jpn", "mal"]);
    assert_eq!(user.date_of_birth.to_string(), "1990-05-17");
    assert_eq!((user.languages_changed_at, user.created_at), (None, START));

    let logged_in = world.log_in("ann.lee", PASSWORD).await.unwrap();
    assert!(logged_in.user == user, "what is read is what was answered");
}

#[tokio::test]
async fn whose_an_identifier_is_can_be_found_in_any_spelling() {
    let world = World::new().await;
    let ann = world.registered("ann", "ann@example.org").await;
    let ben = world.registered("ben", "+491711234567").await;
    let find = async |input| world.accounts.find(&Identifier::parse(input).unwrap()).await.unwrap();
    let found = find("ANN@Example.org").await.unwrap();
    assert_eq!((found.id, found.locale), (ann.id, Locale::De));
    assert_eq!(find("+49 171 1234567").await.unwrap().id, ben.id);
    assert_eq!(find("nobody@example.org").await, None);
}

/// What somebody typed may be another's address in disguise; the stored one is the owner's.
#[tokio::test]
async fn a_reset_goes_to_the_address_as_it_is_stored_and_from_a_username_rather_by_mail() {
    let world = World::new().await;
    for (username, identifier) in [("ann", "Ann.Lee@example.org"), ("ben", "+491711234567"), ("both", "b@example.org")]
    {
        world.registered(username, identifier).await;
    }
    let client = world.pool.get().await.unwrap();
    client.execute("update users set phone = '+491711234568' where username = 'both'", &[]).await.unwrap();
    let identifier = |typed: &str| LoginName::Identifier(Identifier::parse(typed).unwrap());
    let username = |name: &str| LoginName::Username(name.to_owned());
    for (login, stored) in [
        (identifier("ANN.LEE@Example.ORG"), "Ann.Lee@example.org"),
        (identifier("+49 171 1234567"), "+491711234567"),
        (identifier("b@example.org"), "b@example.org"),
        (identifier("+491711234568"), "+491711234568"),
        (username("ann"), "Ann.Lee@example.org"),
        (username("ben"), "+491711234567"),
        (username("both"), "b@example.org"),
    ] {
        let contact = world.accounts.reset_contact(&login).await.unwrap().unwrap();
        assert!(contact.to == Identifier::parse(stored).unwrap(), "{stored}: as it is spelt there");
        assert_eq!(contact.locale, Locale::De);
    }
    for login in [identifier("nobody@example.org"), identifier("+491711234569"), username("nobody")] {
        assert_eq!(world.accounts.reset_contact(&login).await.unwrap(), None);
    }
}

#[tokio::test]
async fn of_many_who_want_one_username_one_gets_it() {
    let world = World::new().await;
    let attempts = (0..20).map(|index| {
        let spelling = if index % 2 == 0 { "Popular" } else { "popular" };
        world.accounts.register(person(spelling, &format!("p{index}@example.org")))
    });
    let results = join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let taken = results.iter().filter(|result| matches!(result, Err(RegisterError::UsernameTaken)));
    assert_eq!(taken.count(), 19);
    assert_eq!(world.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn of_many_with_one_identifier_one_gets_an_account() {
    for identifier in ["one@example.org", "+491711234567"] {
        let world = World::new().await;
        let attempts = (0..20).map(|index| world.accounts.register(person(&format!("name{index}"), identifier)));
        let results = join_all(attempts).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let taken = results.iter().filter(|result| matches!(result, Err(RegisterError::IdentifierTaken)));
        assert_eq!(taken.count(), 19);
    }
}

#[tokio::test]
async fn a_completion_repeated_gets_the_account_that_it_made() {
    let world = World::new().await;
    let first = world.registered("Ann", "ann@example.org").await;
    let again = world.accounts.register(person("Ann", "ann@example.org")).await.unwrap().user;
    assert!(first == again);

    let respelled =
        NewAccount { otp_session: person("Ann", "ann@example.org").otp_session, ..person("aNN", "ann@example.org") };
    assert!(world.accounts.register(respelled).await.unwrap().user == first);
    assert_eq!(world.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn whichever_constraint_postgres_names_the_repetition_is_known() {
    let world = World::new().await;
    let first = world.registered("Ann", "ann@example.org").await;
    // The constraint made last is checked last.
    let remake = "alter table users drop constraint users_otp_session_unique;
                  alter table users add constraint users_otp_session_unique unique (otp_session)";
    world.pool.get().await.unwrap().batch_execute(remake).await.unwrap();
    assert!(world.accounts.register(person("Ann", "ann@example.org")).await.unwrap().user == first);
}

#[tokio::test]
async fn one_completion_made_many_times_at_once_makes_one_account() {
    let world = World::new().await;
    let attempts = (0..20).map(|_| world.accounts.register(person("Ann", "ann@example.org")));
    let ids: Vec<_> = join_all(attempts).await.into_iter().map(|result| result.unwrap().user.id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn a_completion_repeated_with_other_words_gets_nothing() {
    let world = World::new().await;
    world.registered("Ann", "ann@example.org").await;
    let original = || person("Ann", "ann@example.org");

    let context = Context::new("Ann", &original().identifier);
    let other_password = Password::parse("gato negro 42", &context, 8).unwrap();
    let guess = NewAccount { password: other_password, ..original() };
    assert!(matches!(world.accounts.register(guess).await, Err(RegisterError::IdentifierTaken)));

    let renamed = NewAccount { username: person("Bea", "ann@example.org").username, ..original() };
    assert!(matches!(world.accounts.register(renamed).await, Err(RegisterError::IdentifierTaken)));
}

#[tokio::test]
async fn another_session_of_a_taken_identifier_gets_nothing_even_with_its_password() {
    let world = World::new().await;
    world.registered("Ann", "ann@example.org").await;
    let stranger =
        NewAccount { otp_session: person("x_y", "x@example.org").otp_session, ..person("Ann", "ann@example.org") };
    assert!(matches!(world.accounts.register(stranger).await, Err(RegisterError::IdentifierTaken)));
}

#[tokio::test]
async fn injections_are_stored_as_the_text_that_they_are() {
    let world = World::new().await;
    let hostile = "'; drop table users; -- $1 \\ \" %s {} <b>";
    let account = NewAccount { full_name: FullName::parse(hostile).unwrap(), ..person("Ann", "o'neil+x@example.org") };
    world.accounts.register(account).await.unwrap();
    let logged_in = world.log_in("o'neil+x@example.org", PASSWORD).await.unwrap();
    assert_eq!(logged_in.user.full_name, hostile);
    for login in ["' or 1=1 --", "ann' --", "'@example.org", "Ann'; drop table users"] {
        assert!(world.log_in(login, PASSWORD).await.is_err(), "{login}");
    }
    assert_eq!(world.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn neither_password_nor_capability_is_stored() {
    let world = World::new().await;
    world.registered("Ann", "ann@example.org").await;
    let client = world.pool.get().await.unwrap();
    let row = client.query_one("select password_hash, users::text from users", &[]).await.unwrap();
    assert!(row.get::<_, &str>(0).starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    assert!(!row.get::<_, &str>(1).contains(PASSWORD));
}
