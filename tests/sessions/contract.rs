//! What is promised of sessions, for both kinds.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::support::{KINDS, Member, credentials, listed, log_in, register, trail};
use crate::support::{
    Server,
    client::{Answer, PASSWORD},
};

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_in_lead_to_a_session_of_the_kind_that_is_asked_for() {
    let server = Server::start().await;
    for kind in KINDS {
        let registered = register(&server, &format!("ann.{kind}"), kind).await;
        let logged_in = log_in(&server.client(), &format!("ann.{kind}"), kind).await;
        assert_ne!(registered.session(), logged_in.session());
        for member in [registered, logged_in] {
            let body = &member.body;
            assert_eq!(body["session"]["kind"], kind);
            assert_eq!(body["session"]["current"], true);
            assert_eq!(body["user"], member.client.get("/v1/me").await.expect(200));
            let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
            let expected: &[&str] = match kind {
                "token" => &[
                    "access_token",
                    "expires_in",
                    "refresh_expires_in",
                    "refresh_token",
                    "session",
                    "token_type",
                    "user",
                ],
                _ => &["csrf_token", "session", "user"],
            };
            assert_eq!(members, expected);
        }
    }
    let plain = json!({"login": "ann.token", "password": PASSWORD});
    assert_eq!(server.client().post("/v1/sessions", plain).await.expect(201)["session"]["kind"], "token");
    for (kind, code) in [(json!("carrier pigeon"), "not_supported"), (json!(7), "invalid_format")] {
        let body = json!({"login": "ann.token", "password": PASSWORD, "session_kind": kind});
        server.client().post("/v1/sessions", body).await.invalid(&[("/session_kind", code)]);
    }
    assert_eq!(trail(&server, "ann.token", "registered").await, 1);
    assert_eq!(trail(&server, "ann.token", "logged_in").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_bound_to_this_host_and_kept_from_scripts() {
    let server = Server::start().await;
    register(&server, "ann", "token").await;
    let answer = server.client().post("/v1/sessions", credentials("ann", "cookie")).await;
    let set_cookie = answer.header("set-cookie").to_owned();
    let mut parts = set_cookie.split("; ");
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    assert_eq!(name, "__Host-chatlink_session");
    assert!(value.len() >= 43 && !answer.text.contains(value), "{value}");
    let attributes: Vec<_> = parts.collect();
    assert_eq!(attributes, ["Max-Age=7776000", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"]);
    assert_eq!(answer.header("cache-control"), "no-store");
    // Only the hash is stored.
    let stored = "select count(*) from sessions s where s::text like '%' || $1 || '%'";
    assert_eq!(server.count(stored, value).await, 0);
    let token_answer = server.client().post("/v1/sessions", credentials("ann", "token")).await;
    assert_eq!(token_answer.header("set-cookie"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_the_callers_live_sessions() {
    for kind in KINDS {
        let server = Server::start().await;
        let first = register(&server, "ann", kind).await;
        register(&server, "ben", kind).await;
        server.clock.advance(Duration::from_secs(90));
        let phone = json!({"login": "ann", "password": PASSWORD, "session_kind": kind, "device_name": "Ann’s phone"});
        let client = server.client();
        let second = Member::new(&client, client.post("/v1/sessions", phone).await);

        let body = second.client.get("/v1/sessions").await.expect(200);
        let sessions = body["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions[0], second.body["session"]);
        assert_eq!((&sessions[0]["device_name"], &sessions[0]["current"]), (&json!("Ann’s phone"), &json!(true)));
        let other = &sessions[1];
        let expected = json!({
            "id": first.session(), "kind": kind, "device_name": null, "created_at": "2030-01-01T00:00:00Z",
            "last_seen_at": "2030-01-01T00:00:00Z", "ip": first.body["session"]["ip"], "current": false,
        });
        assert_eq!(*other, expected);
        // Whoever uses a session comes to the top.
        server.clock.advance(Duration::from_secs(90));
        assert_eq!(listed(&first).await, [first.session(), second.session()]);
        assert_eq!(first.client.get("/v1/sessions").await.body["sessions"][0]["last_seen_at"], "2030-01-01T00:03:00Z");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_ends_another_of_the_same_account_alone() {
    for kind in KINDS {
        let server = Server::start().await;
        let other = server.second_node().await;
        let here = register(&server, "ann", kind).await;
        let there = log_in(&server.client(), "ann", kind).await;
        let stranger = register(&server, "ben", kind).await;

        let revoke =
            async |member: &Member, id: &str| member.client.post_empty(&format!("/v1/sessions/{id}/revoke")).await;
        revoke(&stranger, there.session()).await.problem(404, "session-not-found");
        for id in ["00000000-0000-4000-8000-000000000000", "not-an-id", "'--", "%00"] {
            revoke(&here, id).await.problem(404, "session-not-found");
        }
        assert!(there.is_logged_in().await);
        assert_eq!(revoke(&here, there.session()).await.status, 204);
        let on_the_other_node = Member { client: there.client.at(&other.url), ..there };
        assert!(!on_the_other_node.is_logged_in().await);
        revoke(&here, on_the_other_node.session()).await.problem(404, "session-not-found");
        assert_eq!(listed(&here).await, [here.session()]);
        assert_eq!(trail(&server, "ann", "session_revoked").await, 1);
        // One may end one's own.
        assert_eq!(revoke(&here, here.session()).await.status, 204);
        assert!(!here.is_logged_in().await);
        assert!(stranger.is_logged_in().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_all_others() {
    for kind in KINDS {
        let server = Server::start().await;
        let mut others = vec![register(&server, "ann", kind).await];
        for kind in KINDS {
            others.push(log_in(&server.client(), "ann", kind).await);
        }
        let stranger = register(&server, "ben", kind).await;
        let here = log_in(&server.client(), "ann", kind).await;
        assert_eq!(here.client.post_empty("/v1/sessions/revoke-others").await.status, 204);
        assert_eq!(listed(&here).await, [here.session()]);
        for other in others {
            assert!(!other.is_logged_in().await);
        }
        assert!(stranger.is_logged_in().await);
        assert_eq!(trail(&server, "ann", "sessions_revoked").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sessions_that_end_each_other_one_remains() {
    let server = Server::start().await;
    register(&server, "ann", "token").await;
    for _ in 0..5 {
        let mut members = Vec::new();
        for _ in 0..4 {
            members.push(log_in(&server.client(), "ann", "token").await);
        }
        let ends = members.iter().map(|member| member.client.post_empty("/v1/sessions/revoke-others"));
        let statuses: Vec<u16> =
            futures_util::future::join_all(ends).await.iter().map(|answer| answer.status).collect();
        assert!(statuses.iter().all(|status| [204, 401].contains(status)), "{statuses:?}");
        assert_eq!(server.count("select count(*) from sessions where $1 <> ''", "x").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_the_session_and_clears_what_the_browser_has() {
    let server = Server::start().await;
    register(&server, "ann", "token").await;
    for kind in KINDS {
        let member = log_in(&server.client(), "ann", kind).await;
        let other = log_in(&server.client(), "ann", kind).await;
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            let answer = Answer::read(member.client.request(method, "/v1/logout")).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
        }
        let answer = member.client.post_empty("/v1/logout").await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
        let cleared = "__Host-chatlink_session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";
        assert_eq!(answer.header("set-cookie"), if kind == "cookie" { cleared } else { "" });
        assert!(!member.is_logged_in().await);
        member.client.post_empty("/v1/logout").await.problem(401, "not-authenticated");
        assert!(other.is_logged_in().await);
    }
    assert_eq!(trail(&server, "ann", "logged_out").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_there_is_no_way_to_any_of_this() {
    let server = Server::start().await;
    let ann = server.client();
    let strangers = [
        ann.clone(),
        ann.with_token("nonsense"),
        ann.with_header("authorization", "Basic YW5uOmFubg=="),
        ann.with_header("cookie", "__Host-chatlink_session=nonsense"),
        ann.with_header("cookie", &format!("__Host-chatlink_session={}", "A".repeat(43))),
    ];
    for stranger in strangers {
        let mut answers = Vec::new();
        for path in ["/v1/me", "/v1/sessions", "/v1/csrf"] {
            answers.push(stranger.get(path).await);
        }
        for path in ["/v1/logout", "/v1/sessions/revoke-others", "/v1/sessions/x/revoke"] {
            answers.push(stranger.post_empty(path).await);
        }
        for answer in answers {
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"chatlink\"");
            answer.problem(401, "not-authenticated");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bearer_token_goes_before_a_cookie_good_or_bad() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "cookie").await;
    let ben = register(&server, "ben", "token").await;
    let cookie = ann.cookie.clone().unwrap();
    let both = ben.client.with_header("cookie", &cookie);
    assert_eq!(both.get("/v1/me").await.expect(200)["username"], "ben");
    // No CSRF token is needed, for the cookie does not count.
    assert_eq!(both.post_empty("/v1/sessions/revoke-others").await.status, 204);
    for bad in ["nonsense", ""] {
        let answer = ann.client.with_token(bad).get("/v1/me").await;
        answer.problem(401, "not-authenticated");
    }
    assert_eq!(
        ann.client.with_header("authorization", "Basic YTpi").get("/v1/me").await.expect(200)["username"],
        "ann"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_csrf_token_can_be_asked_for_by_a_session_that_needs_it() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "cookie").await;
    let bare = server.client().with_header("cookie", ann.cookie.as_deref().unwrap());
    let body = bare.get("/v1/csrf").await.expect(200);
    assert_eq!(body, json!({"csrf_token": ann.body["csrf_token"]}));
    let other = log_in(&server.client(), "ann", "cookie").await;
    assert_ne!(other.body["csrf_token"], ann.body["csrf_token"]);

    let by_token = log_in(&server.client(), "ann", "token").await;
    let problem = by_token.client.get("/v1/csrf").await.problem(404, "not-found");
    assert!(problem["detail"].as_str().unwrap().contains("used by tokens"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eleven_sessions_the_one_that_was_not_used_for_longest_ends() {
    let server = Server::start().await;
    let mut members = vec![register(&server, "ann", "token").await];
    for index in 1..10 {
        server.clock.advance(Duration::from_secs(50));
        members.push(log_in(&server.client(), "ann", KINDS[index % 2]).await);
    }
    server.clock.advance(Duration::from_secs(50));
    assert!(members[0].is_logged_in().await && members[1].is_logged_in().await);
    members.push(log_in(&server.client(), "ann", "cookie").await);
    let mut alive = Vec::new();
    for member in &members {
        alive.push(member.client.get("/v1/me").await.status == 200);
    }
    assert_eq!(alive, [true, true, false, true, true, true, true, true, true, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_account_is_out_at_once() {
    let server = Server::start().await;
    for kind in KINDS {
        let name = format!("ann.{kind}");
        let member = register(&server, &name, kind).await;
        let lock = "with locked as (update users set locked_at = created_at where username = $1 returning 1)
                    select count(*) from locked";
        assert_eq!(server.count(lock, &name).await, 1);
        assert!(!member.is_logged_in().await);
        let again = server.client().post("/v1/sessions", credentials(&name, kind)).await;
        again.problem(403, "account-locked");
        if kind == "token" {
            super::support::refresh(&member.client, member.refresh_token()).await.problem(401, "not-authenticated");
        }
    }
}
