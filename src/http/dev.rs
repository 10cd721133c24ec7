//! The development mailbox: what this server would have sent. In production mode none of this is there.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    web::{self, Bytes},
};
use futures_util::stream;
use serde::Deserialize;

use super::{
    Front, MailboxView,
    pages::page,
    problem::{Kind, Problem},
};

/// Which messages.
#[derive(Debug, Deserialize)]
pub struct Query {
    /// Those to this identifier alone.
    to: Option<String>,
}

const PAGE: &str = "<p><a href=\"/\">ChatLink</a></p><h1>Mailbox</h1>\
    <p id=\"state\" role=\"status\">Waiting for messages…</p><div id=\"messages\"></div>\
    <template id=\"message\"><article><header><strong class=\"to\"></strong> <span class=\"about\"></span></header>\
    <p class=\"code\"><output></output> <button type=\"button\">Copy</button></p>\
    <h2 class=\"subject\"></h2><pre class=\"text\"></pre></article></template>\
    <noscript><p>This page needs JavaScript. The messages are also at <a href=\"/dev/messages\">/dev/messages</a>.</p>\
    </noscript>";

/// `GET /dev/mailbox`: the page.
pub async fn mailbox(front: web::Data<Front>) -> Result<HttpResponse, Problem> {
    mailbox_of(&front)?;
    let base = front.services.assets.base();
    let script = format!("<script src=\"{base}/pages/mailbox.js\" defer></script>");
    Ok(page(&front, "Mailbox", &format!("{script}{PAGE}")))
}

/// `GET /dev/messages`: the messages, newest first.
pub async fn messages(front: web::Data<Front>, query: web::Query<Query>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(mailbox_of(&front)?.list(query.to.as_deref())))
}

/// `GET /dev/mailbox/news`: server-sent events, one now and one whenever a message arrives.
pub async fn news(front: web::Data<Front>) -> Result<HttpResponse, Problem> {
    let news = mailbox_of(&front)?.news();
    let shutdown = front.services.shutdown.clone();
    let events = stream::unfold((news, shutdown, true), |(mut news, mut shutdown, first)| async move {
        if !first {
            // An open stream would hold up the end of the process.
            tokio::select! {
                _ = shutdown.wait_for(|ending| *ending) => return None,
                changed = news.changed() => changed.ok()?,
            }
        }
        let event = Ok::<_, std::convert::Infallible>(Bytes::from_static(b"data: news\n\n"));
        Some((event, (news, shutdown, false)))
    });
    Ok(HttpResponse::Ok().content_type("text/event-stream").streaming(events))
}

fn mailbox_of(front: &Front) -> Result<&Arc<dyn MailboxView>, Problem> {
    front.services.mailbox.as_ref().ok_or(Kind::NotFound.into())
}
