//! The pages that the server makes itself.

use super::support::{Browser, Screen};
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_appears_in_the_mailbox_as_it_arrives() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/dev/mailbox").await;
    browser.status("No messages yet.").await;
    server.started(&server.client(), "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    browser.text_appears(&code).await;
    browser.text_gone("No messages yet.").await;
    browser.assert_accessible().await;
    browser.screenshot("mailbox").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_to_read_fits_every_screen() {
    let server = Server::for_browsers(&[]).await;
    let dark = Browser::setup().screen(Screen::SmallPhone).dark();
    for setup in [Browser::setup(), dark] {
        let browser = setup.open(&server).await;
        for path in ["/docs", "/problems", "/dev/mailbox"] {
            browser.goto(path).await;
            browser.assert_fits().await;
            assert_eq!(browser.console_errors().await, [""; 0], "{path}");
        }
        browser.assert_accessible().await;
        browser.goto("/problems").await;
        browser.assert_accessible().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_is_for_everybody() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/docs").await;
    browser.assert_accessible().await;
}
