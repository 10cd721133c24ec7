//! What may be changed, what may not, and what is said of it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ann, audited, languages, me, patch};
use crate::support::{Server, client::Answer};

#[tokio::test(flavor = "multi_thread")]
async fn each_field_is_changed_alone_and_all_of_them_together() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    let mut expected = me(&ann).await;
    for (member, sent, shown) in [
        ("full_name", json!("  Ánna Lée "), json!("Ánna Lée")),
        ("bio", json!("I play the violin.\r\nBadly. 🎻"), json!("I play the violin.\nBadly. 🎻")),
        ("bio", json!(""), json!("")),
        ("country", json!("br"), json!({"code": "BR", "name": "Brazil"})),
    ] {
        expected[member] = shown;
        assert_eq!(patch(&ann, json!({member: sent, "unknown": {}})).await.expect(200), expected);
        assert_eq!(me(&ann).await, expected);
    }
    let all = json!({"full_name": "Bea", "bio": "b", "country": "FR", "native_language": "fr",
        "learning_languages": ["de", "PT"]});
    let user = patch(&ann, all).await.expect(200);
    assert_eq!(
        (&user["full_name"], &user["bio"], &user["country"]["code"]),
        (&json!("Bea"), &json!("b"), &json!("FR"))
    );
    assert_eq!(languages(&user), ["fra", "deu", "por"]);
    for fixed in ["id", "username", "email", "phone", "date_of_birth", "gender", "created_at"] {
        assert_eq!(user[fixed], expected[fixed]);
    }
    assert_eq!(me(&ann).await, user);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_changed_here_is_refused_and_nothing_else_is_changed() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    let before = me(&ann).await;
    for fixed in ["gender", "date_of_birth", "email", "phone", "username"] {
        for value in [before[fixed].clone(), json!("other"), json!(null), json!(7)] {
            let pointer = format!("/{fixed}");
            patch(&ann, json!({"bio": "new", fixed: value})).await.invalid(&[(&pointer, "not_supported")]);
        }
    }
    assert_eq!(me(&ann).await, before);
    let user = patch(&ann, json!({"id": "x", "created_at": "x", "bio": "new"})).await.expect(200);
    assert_eq!((&user["id"], &user["bio"]), (&before["id"], &json!("new")));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_failures_are_listed() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    let before = me(&ann).await;
    let wrong = json!({"full_name": "", "bio": "a\u{202e}b", "country": "XX", "native_language": "xx",
        "learning_languages": ["fr", "fra", 7, null], "gender": "male", "email": "bo@example.org"});
    patch(&ann, wrong).await.invalid(&[
        ("/full_name", "too_short"),
        ("/bio", "invalid_format"),
        ("/country", "unknown_country"),
        ("/native_language", "unknown_language"),
        ("/learning_languages/1", "duplicate"),
        ("/learning_languages/2", "invalid_format"),
        ("/learning_languages/3", "required"),
        ("/gender", "not_supported"),
        ("/email", "not_supported"),
    ]);
    let members = ["full_name", "bio", "country", "native_language", "learning_languages"];
    for (value, code) in [(json!(null), "required"), (json!(7), "invalid_format"), (json!({}), "invalid_format")] {
        let body: Value = members.iter().map(|member| ((*member).to_owned(), value.clone())).collect();
        let pointers = members.map(|member| format!("/{member}"));
        let expected: Vec<(&str, &str)> = pointers.iter().map(|pointer| (pointer.as_str(), code)).collect();
        patch(&ann, body).await.invalid(&expected);
    }
    patch(&ann, json!({"learning_languages": []})).await.invalid(&[("/learning_languages", "too_short")]);
    assert_eq!(me(&ann).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_are_counted_in_code_points() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    for (member, most) in [("bio", 1000), ("full_name", 150)] {
        for letter in ["x", "é", "漢", "🎻"] {
            let longest = letter.repeat(most);
            let user = patch(&ann, json!({member: longest})).await.expect(200);
            assert_eq!(user[member], longest);
            let pointer = format!("/{member}");
            patch(&ann, json!({member: letter.repeat(most + 1)})).await.invalid(&[(&pointer, "too_long")]);
        }
    }
    for control in ["a\u{0}b", "a\tb", "a\u{7f}b", "a\u{85}b", "a\u{2028}b", "a\u{202d}b", "a\u{2067}b"] {
        let both = json!({"bio": control, "full_name": control});
        patch(&ann, both).await.invalid(&[("/bio", "invalid_format"), ("/full_name", "invalid_format")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_the_language_fields_is_judged_by_what_the_other_one_is() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    patch(&ann, json!({"native_language": "jpn"})).await.invalid(&[("/native_language", "same_as_native")]);
    patch(&ann, json!({"learning_languages": ["fr", "de"]}))
        .await
        .invalid(&[("/learning_languages/1", "same_as_native")]);
    // Either alone would be wrong.
    let swapped = json!({"native_language": "es", "learning_languages": ["de"]});
    assert_eq!(languages(&patch(&ann, swapped).await.expect(200)), ["spa", "deu"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_nothing_is_none() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    let before = ann.get("/v1/me").await;
    let same = json!({"full_name": "Ann Lee", "bio": "", "country": "DE", "native_language": "deu",
        "learning_languages": ["es", "ja"]});
    for body in [json!({}), json!({"unknown": 1}), same] {
        let answer = patch(&ann, body).await;
        assert_eq!(answer.header("etag"), before.header("etag"));
        assert_eq!(answer.expect(200), before.body);
    }
    assert_eq!(audited(&server, "profile_changed").await, 0);
    patch(&ann, json!({"bio": "new"})).await.expect(200);
    assert_eq!(audited(&server, "profile_changed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_may_change_an_account_and_only_by_patch() {
    let server = Server::start().await;
    let stranger = server.client();
    patch(&stranger, json!({"bio": "new"})).await.problem(401, "not-authenticated");
    let ann = ann(&server).await;
    let answer = Answer::read(ann.request(Method::PUT, "/v1/me").json(&json!({}))).await;
    assert_eq!(answer.header("allow"), "GET, HEAD, PATCH");
    answer.problem(405, "method-not-allowed");
    let answer = Answer::read(ann.request(Method::PATCH, "/v1/me").body("{}")).await;
    answer.problem(415, "unsupported-media-type");
    Answer::read(ann.request(Method::PATCH, "/v1/me").json(&json!([]))).await.problem(400, "malformed-request");
    ann.post_empty("/v1/logout").await.expect(204);
    patch(&ann, json!({"bio": "new"})).await.problem(401, "not-authenticated");
}
