//! Our few pages, and the files they load: plain HTML made on the server, nothing inline, nothing from elsewhere.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::{
    Front, cache,
    headers::PAGE_POLICY,
    problem::{Kind, Problem},
};
use crate::{html::escape, web as assets};

/// Answers with a page. `body` is HTML.
pub fn page(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .content_type("text/html; charset=utf-8")
        .body(assets::page(title, body))
}

/// `GET /`: where to go from here.
pub async fn landing(front: web::Data<Front>) -> HttpResponse {
    let mailbox = match front.services.mailbox {
        Some(_) => {
            "<li><a href=\"/dev/mailbox\">The mailbox</a>: every mail and text message that this server sends \
                    in development mode</li>"
        }
        None => "",
    };
    page(
        "ChatLink",
        &format!(
            "<h1>ChatLink</h1><p>Connects people who want to learn each other’s languages.</p><ul>{mailbox}<li><a \
             href=\"/docs\">The API reference</a>, also as <a href=\"/openapi.json\">OpenAPI document</a></li></ul>"
        ),
    )
}

/// `GET /static/{file}`: what the pages load.
pub async fn asset(request: HttpRequest, file: web::Path<String>) -> Result<HttpResponse, Problem> {
    let asset = assets::asset(&file).ok_or(Kind::NotFound)?;
    Ok(cache::answer(&request, &asset.fingerprint(), "no-cache", |answer| {
        answer.content_type(asset.media_type).body(asset.text)
    }))
}

/// Text as HTML, where what stands between backticks is code.
pub fn inline(text: &str) -> String {
    let parts = text.split('`').map(escape).enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_marked_and_escaped() {
        assert_eq!(inline("a `b<c` d"), "a <code>b&lt;c</code> d");
    }
}
