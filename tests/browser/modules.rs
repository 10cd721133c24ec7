//! Parts of the client that decide something by themselves, each asked in the browser.

use serde_json::{Value, json};

use super::{stage::with_module, support::Browser};
use crate::support::Server;

async fn at_the_client() -> (Server, Browser) {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/").await;
    (server, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_numbers_are_grouped_as_they_are_written_where_they_belong() {
    let (_server, browser) = at_the_client().await;
    let numbers = [
        ("+", "+"),
        ("+4", "+4"),
        ("+49", "+49"),
        ("+49171", "+49 171"),
        ("+4917112345", "+49 171 12345"),
        ("+491711234567", "+49 171 1234567"),
        ("+12125550123", "+1 212-555-0123"),
        ("+442071838750", "+44 20 7183 8750"),
        ("+33612345678", "+33 6 12 34 56 78"),
        ("+919876543210", "+91 98765 43210"),
        ("+8613912345678", "+86 139 1234 5678"),
        ("+5511961234567", "+55 11 96123-4567"),
        // More digits than any number has, and a code that no country has, stay as they are.
        ("+49171123456789012345", "+49 171123456789012345"),
        ("+9991234", "+9991234"),
    ];
    let group = format!(
        "const known = await (await fetch(new URL('phone-formats.json', client))).json();
        return {}.map((typed) => it.group(typed, known))",
        json!(numbers.map(|(typed, _)| typed))
    );
    assert_eq!(with_module(&browser, "phone.js", &group, &[]).await, json!(numbers.map(|(_, grouped)| grouped)));

    let told =
        "return ['+49 171', '(0171) 12', '٠١٧١', 'ann@example.org', 'ann.lee', '', '17 ann'].map(it.looksLikePhone)";
    let expected = json!([true, true, true, false, false, false, false]);
    assert_eq!(with_module(&browser, "phone.js", told, &[]).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn languages_are_found_by_any_of_their_names() {
    let (_server, browser) = at_the_client().await;
    let find = r#"
    const { languages, countries } = await import(new URL("reference.js", client));
    const names = async (list, typed) => it.search(await list(), typed).slice(0, 2).map(({ name }) => name);
    return {
      autonym: await names(languages, "Deutsch"), script: await names(languages, "日本"), accents: await names(languages, "FRANCAIS"),
      part: await names(languages, "span"), word: await names(countries, "states"), nothing: await names(countries, "qqq"),
      begins: await names(countries, "ger"), all: (await names(countries, " ")).length,
      exact: it.named(await countries(), " gErmany ").code, inexact: it.named(await countries(), "germ") ?? null,
    }"#;
    let found: Value = with_module(&browser, "search.js", find, &[]).await;
    assert_eq!(found["autonym"][0], "German");
    assert_eq!(found["script"][0], "Japanese");
    assert_eq!(found["accents"][0], "French");
    assert_eq!(found["part"][0], "Spanish");
    assert_eq!(found["word"][0], "United States");
    assert_eq!((&found["nothing"], &found["begins"][0]), (&json!([]), &json!("Germany")));
    assert_eq!((&found["exact"], &found["inexact"]), (&json!("DE"), &json!(null)));
    assert_eq!(found["all"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_times_are_written_as_the_reader_writes_them() {
    let (_server, browser) = at_the_client().await;
    let say = r#"
    const say = async (tag) => {
      await it.choose(tag);
      return [it.clock(245_000), it.clock(-5), it.duration(60), it.duration(61), it.duration(1), it.t("code.attempts", { count: 1 }), it.t("code.attempts", { count: 2 }), it.day("1990-05-17")];
    };
    return [await say("en"), await say("de")]"#;
    let said = with_module(&browser, "i18n.js", say, &[]).await;
    let english =
        ["4:05", "0:00", "1 minute", "2 minutes", "1 second", "1 attempt left", "2 attempts left", "May 17, 1990"];
    assert_eq!(said[0], json!(english));
    assert_eq!(said[1].as_array().unwrap()[6..], [json!("Noch 2 Versuche"), json!("17. Mai 1990")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_another_site_after_login() {
    let (_server, browser) = at_the_client().await;
    for (next, expected) in [
        ("/profile/edit", "/profile/edit"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/profile/../../evil", "/"),
        ("/login", "/"),
        ("", "/"),
    ] {
        let ask = format!(
            "history.replaceState(null, '', '/login?next=' + encodeURIComponent({})); return it.destination()",
            json!(next)
        );
        assert_eq!(with_module(&browser, "router.js", &ask, &[]).await, expected, "{next}");
    }
}
