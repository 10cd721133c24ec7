//! Everything that is stored about the caller, and nothing about anybody else.

use std::collections::BTreeSet;

use chatlink::accounts::export::LEFT_OUT;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ann, audited, patch};
use crate::support::{Server, client::PASSWORD};

/// The tables that are handed out, each with the schema of its rows.
const HANDED_OUT: [(&str, &str); 6] = [
    ("users", "ExportedAccount"),
    ("sessions", "ExportedSession"),
    ("known_devices", "ExportedDevice"),
    ("otp_completions", "ExportedCompletion"),
    ("audit_events", "ExportedEvent"),
    ("notices", "ExportedNotice"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_column_is_handed_out_or_left_out_for_a_reason() {
    let server = Server::start().await;
    let document = server.client().get("/openapi.json").await.expect(200);
    let handed_out = |table: &str, column: &str| {
        let schema = HANDED_OUT.iter().find(|(handed_out, _)| *handed_out == table);
        schema.is_some_and(|(_, schema)| document["components"]["schemas"][schema]["properties"][column].is_object())
    };
    let left_out = |table: &str, column: &str| {
        LEFT_OUT
            .iter()
            .any(|(left, which, reason)| *left == table && ["*", column].contains(which) && !reason.is_empty())
    };
    let columns = columns(&server).await;
    for (table, column) in &columns {
        assert!(
            handed_out(table, column) != left_out(table, column),
            "{table}.{column}: hand it out or leave it out, with a reason"
        );
    }
    for (table, column, _) in LEFT_OUT {
        let is_there = |(present, name): &(String, String)| present == table && (*column == "*" || name == column);
        assert!(columns.iter().any(is_there), "{table}.{column} is no more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_what_happened_and_no_secrets() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    server.register("bo@example.org", "bo.stranger").await;
    patch(&ann, json!({"bio": "I play the violin.", "learning_languages": ["fr"]})).await.expect(200);
    let login = json!({"login": "ann", "password": PASSWORD, "device_name": "Ann's phone"});
    let session = server.client().post("/v1/sessions", login).await.expect(201);

    let answer = ann.get("/v1/me/export").await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"chatlink-export.json\"");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.text.contains("argon2") && !answer.text.contains("bo.stranger"), "{}", answer.text);
    let export = answer.expect(200);

    let (account, now) = (&export["account"], &export["exported_at"]);
    let stored = json!({"id": account["id"], "username": "ann", "full_name": "Ann Lee", "bio": "I play the violin.",
        "email": "ann@example.org", "phone": null, "date_of_birth": "1990-05-17", "gender": "other", "country": "DE",
        "native_language": "deu", "learning_languages": ["fra"], "languages_changed_at": now, "locale": "en",
        "created_at": now, "version": 1, "credentials_version": 0, "credentials_changed_at": null, "locked_at": null});
    assert_eq!(members(account), members(&stored));
    for (member, value) in stored.as_object().unwrap() {
        assert_eq!(&account[member], value, "{member}");
    }
    let sessions = export["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let phone = sessions.iter().find(|it| it["id"] == session["session"]["id"]).unwrap();
    assert_eq!((&phone["device_name"], &phone["kind"]), (&json!("Ann's phone"), &json!("token")));
    assert_eq!(export["known_devices"], json!([{"seen_at": now}, {"seen_at": now}]));
    let events: Vec<&str> =
        export["audit_events"].as_array().unwrap().iter().map(|it| it["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["registered", "profile_changed", "logged_in", "exported"]);
    assert!(export["audit_events"][0]["ip"].as_str().unwrap().starts_with("10."));
    assert_eq!(audited(&server, "exported").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_the_notices_that_wait() {
    let server = Server::start().await;
    let ann = ann(&server).await;
    let id = super::me(&ann).await["id"].clone();
    let id = Uuid::parse_str(id.as_str().unwrap()).unwrap();
    // Of a kind that the relay does not know, so that it waits.
    let insert = "
        insert into notices (id, user_id, kind, phone, locale, created_at, ip, channel)
        values ($1, $1, 'from_the_future', '+491711234567', 'de', '2030-01-01 00:00:00Z', '192.0.2.1', 'sms')";
    server.postgres().await.execute(insert, &[&id]).await.unwrap();
    let export = ann.get("/v1/me/export").await.expect(200);
    let expected = json!([{"kind": "from_the_future", "email": null, "phone": "+491711234567", "locale": "de",
        "created_at": "2030-01-01T00:00:00Z", "ip": "192.0.2.1", "channel": "sms"}]);
    assert_eq!(export["notices"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_gets_an_export() {
    let server = Server::start().await;
    server.client().get("/v1/me/export").await.problem(401, "not-authenticated");
    let ann = ann(&server).await;
    let answer = ann.post("/v1/me/export", json!({})).await;
    assert_eq!(answer.header("allow"), "GET, HEAD");
    answer.problem(405, "method-not-allowed");
}

fn members(object: &Value) -> BTreeSet<&String> {
    object.as_object().unwrap().keys().collect()
}

/// Every column of every table but the one of the migrations.
async fn columns(server: &Server) -> Vec<(String, String)> {
    let sql = "
        select table_name::text, column_name::text from information_schema.columns
        where table_schema = 'public' and table_name <> 'schema_migrations'";
    let rows = server.postgres().await.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
