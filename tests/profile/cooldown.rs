//! Languages are changed once in a while.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{ann, audited, languages, me, patch};
use crate::support::Server;

const COOLDOWN: Duration = Duration::from_secs(600);

/// Shorter than an access token lives, so that the same one is good after it.
async fn server() -> Server {
    Server::with(&[("accounts.language_cooldown", "600s"), ("sessions.access_ttl", "60m")]).await
}

fn in_a_cooldown(server: &Server) -> String {
    let at = server.clock.clock().now() + COOLDOWN;
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000).unwrap();
    at.format(&Rfc3339).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_change_starts_a_cooldown_and_registering_does_not() {
    let server = server().await;
    let ann = ann(&server).await;
    assert_eq!(me(&ann).await["languages_changeable_at"], Value::Null);
    let user = patch(&ann, json!({"learning_languages": ["fr"]})).await.expect(200);
    let changeable_at = user["languages_changeable_at"].clone();
    assert_eq!(changeable_at, in_a_cooldown(&server));
    assert_eq!(me(&ann).await["languages_changeable_at"], changeable_at);

    let refused = json!({"native_language": "it", "bio": "new", "full_name": "New", "country": "IT"});
    let last_instant = COOLDOWN.checked_sub(Duration::from_millis(1)).unwrap();
    for wait in [Duration::ZERO, last_instant] {
        server.clock.advance(wait);
        let answer = patch(&ann, refused.clone()).await;
        assert_eq!(answer.header("retry-after"), "");
        let problem = answer.problem(409, "language-cooldown");
        assert_eq!(problem["available_at"], changeable_at);
        assert_eq!(me(&ann).await, user, "nothing of it was applied");
    }
    // Everything else may be changed, also beside languages that stay as they are.
    let rest = json!({"bio": "b", "native_language": "de", "learning_languages": ["fra"]});
    assert_eq!(patch(&ann, rest).await.expect(200)["languages_changeable_at"], changeable_at);

    server.clock.advance(Duration::from_millis(1));
    assert_eq!(me(&ann).await["languages_changeable_at"], Value::Null);
    let user = patch(&ann, refused).await.expect(200);
    assert_eq!((languages(&user), &user["bio"]), (vec!["ita".to_owned(), "fra".to_owned()], &json!("new")));
    assert_eq!(user["languages_changeable_at"], in_a_cooldown(&server));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_order_is_a_change_and_the_same_languages_are_none() {
    let server = server().await;
    let ann = ann(&server).await;
    let user = patch(&ann, json!({"learning_languages": ["spa", "JA"], "native_language": "de"})).await.expect(200);
    assert_eq!(user["languages_changeable_at"], Value::Null);
    let user = patch(&ann, json!({"learning_languages": ["ja", "es"]})).await.expect(200);
    assert_eq!(languages(&user), ["deu", "jpn", "spa"]);
    assert_ne!(user["languages_changeable_at"], Value::Null);
    patch(&ann, json!({"learning_languages": ["es", "ja"]})).await.problem(409, "language-cooldown");
    assert_eq!(patch(&ann, json!({"learning_languages": ["ja", "es"]})).await.expect(200), user);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_of_languages_exactly_one_is_made() {
    let server = server().await;
    let ann = ann(&server).await;
    let rounds = [
        ["fr", "it", "pt", "nl", "pl", "cs", "ru", "uk", "tr", "el"],
        ["ar", "hi", "ml", "zh", "ko", "sv", "da", "fi", "et", "lv"],
    ];
    for (round, codes) in (1..).zip(rounds) {
        // Either field alone, and something else with each.
        let changes: Vec<Value> = codes
            .iter()
            .enumerate()
            .map(|(n, code)| match n % 2 {
                0 => json!({"native_language": code, "bio": format!("{round} {code}")}),
                _ => json!({"learning_languages": [code], "bio": format!("{round} {code}")}),
            })
            .collect();
        let answers = join_all(changes.iter().map(|change| patch(&ann, change.clone()))).await;
        let mut won = Vec::new();
        for (answer, change) in answers.into_iter().zip(&changes) {
            match answer.status {
                200 => won.push((answer.body, change)),
                _ => drop(answer.problem(409, "language-cooldown")),
            }
        }
        assert_eq!(won.len(), 1);
        let user = me(&ann).await;
        assert_eq!((&user, &user["bio"]), (&won[0].0, &won[0].1["bio"]));
        assert_eq!(audited(&server, "profile_changed").await, round);
        server.clock.advance(COOLDOWN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_go_with_what_was_but_not_with_each_other_never_meet() {
    let server = Server::with(&[("accounts.language_cooldown", "1ms"), ("sessions.access_ttl", "60m")]).await;
    let ann = ann(&server).await;
    for (one, other) in [("fr", "it"), ("pt", "nl"), ("pl", "cs"), ("ru", "uk"), ("tr", "el"), ("ar", "hi")] {
        server.clock.advance(Duration::from_millis(1));
        let native = json!({"native_language": one});
        let learning = json!({"learning_languages": [other, one]});
        let (native, learning) = tokio::join!(patch(&ann, native), async {
            server.clock.advance(Duration::from_millis(1));
            patch(&ann, learning).await
        });
        let refusals = [&native, &learning].into_iter().filter(|answer| answer.status != 200).count();
        assert_eq!(refusals, 1, "{} {}", native.text, learning.text);
        let user = languages(&me(&ann).await);
        assert!(!user[1..].contains(&user[0]), "{user:?}");
    }
}
