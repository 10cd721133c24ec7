//! Entity tags: what a client has is not sent again, and what it has not seen it does not overwrite.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ann, audited, etag, languages, me, patch};
use crate::support::{
    Server,
    client::{Answer, Client},
};

async fn patch_if(client: &Client, tag: &str, body: Value) -> Answer {
    Answer::read(client.request(Method::PATCH, "/v1/me").header("if-match", tag).json(&body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_made_only_of_a_version_that_is_named() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    let old = etag(&ann).await;
    assert!(old.starts_with('"') && old.ends_with('"'), "strong: {old}");
    patch(&ann, json!({"bio": "0"})).await.expect(200);
    let current = etag(&ann).await;
    let refused = [
        old.clone(),
        format!("W/{current}"),
        format!("{old}, \"more\""),
        "\"\"".to_owned(),
        String::new(),
        current.trim_matches('"').to_owned(),
        format!("W/{current}, {old}"),
    ];
    for tag in &refused {
        patch_if(&ann, tag, json!({"bio": "refused"})).await.problem(412, "precondition-failed");
        patch_if(&ann, tag, json!({})).await.problem(412, "precondition-failed");
        patch_if(&ann, tag, json!({"bio": 7})).await.problem(412, "precondition-failed");
    }
    assert_eq!(etag(&ann).await, current);
    for round in 1..=4 {
        let current = etag(&ann).await;
        let named = [current.clone(), format!("{old}, {current}"), format!("\"x\",{current} , {old}"), "*".to_owned()];
        let answer = patch_if(&ann, &named[round - 1], json!({"bio": round.to_string()})).await;
        assert_ne!(answer.header("etag"), current);
        assert_eq!(answer.header("etag"), etag(&ann).await);
        assert_eq!(answer.expect(200)["bio"], round.to_string());
    }
    let answer = Answer::read(
        ann.request(Method::PATCH, "/v1/me")
            .header("if-match", &old)
            .header("if-match", etag(&ann).await)
            .json(&json!({})),
    );
    answer.await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_is_not_sent_again() {
    let server = Server::with(&[("accounts.language_cooldown", "5m"), ("sessions.access_ttl", "60m")]).await;
    let ann = ann(&server).await;
    let get_unless =
        async |tag: &str| Answer::read(ann.request(Method::GET, "/v1/me").header("if-none-match", tag)).await;
    let tag = patch(&ann, json!({"native_language": "fr"})).await.header("etag").to_owned();
    let answer = get_unless(&tag).await;
    assert_eq!((answer.status, answer.text.as_str(), answer.header("etag")), (304, "", tag.as_str()));
    assert_eq!(answer.header("cache-control"), "no-store");
    // Nobody has changed anything, and yet it reads otherwise: the languages may be changed again.
    server.clock.advance(Duration::from_secs(300));
    let now = etag(&ann).await;
    assert_ne!(now, tag);
    // But it is the same account that is to be changed.
    patch_if(&ann, &tag, json!({"bio": "new"})).await.expect(200);
    patch_if(&ann, &now, json!({"bio": "newer"})).await.problem(412, "precondition-failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_of_one_version_exactly_one_is_made() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    for _ in 0..3 {
        let tag = etag(&ann).await;
        let before = audited(&server, "profile_changed").await;
        let bios: Vec<String> = (0..20).map(|n| format!("{tag} {n}")).collect();
        let answers = join_all(bios.iter().map(|bio| patch_if(&ann, &tag, json!({"bio": bio})))).await;
        let mut won = Vec::new();
        for (answer, bio) in answers.into_iter().zip(&bios) {
            if answer.status == 200 {
                won.push(bio.clone());
            } else {
                answer.problem(412, "precondition-failed");
            }
        }
        assert_eq!(won.len(), 1);
        assert_eq!(me(&ann).await["bio"], won[0]);
        assert_eq!(audited(&server, "profile_changed").await, before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_that_change_different_things_lose_nothing() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    for (round, country) in ["FR", "BR", "IT", "JP", "IN"].into_iter().enumerate() {
        let changes = [
            json!({"full_name": format!("Ann {round}")}),
            json!({"bio": format!("bio {round}")}),
            json!({"country": country}),
        ];
        let answers = join_all(changes.iter().map(|change| patch(&ann, change.clone()))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        let user = me(&ann).await;
        assert_eq!((&user["full_name"], &user["bio"]), (&changes[0]["full_name"], &changes[1]["bio"]));
        assert_eq!(user["country"]["code"], changes[2]["country"]);
    }
    assert_eq!(audited(&server, "profile_changed").await, 15);
    assert_eq!(languages(&me(&ann).await), ["deu", "spa", "jpn"]);
}
