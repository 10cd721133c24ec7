//! The few pages that are made on the server: plain HTML, nothing inline, nothing from elsewhere.

use actix_web::{HttpResponse, http::header};

use super::{Front, headers::PAGE_POLICY};
use crate::{html::escape, web};

/// Answers with a page. `body` is HTML.
pub fn page(front: &Front, title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .content_type("text/html; charset=utf-8")
        .body(web::page(title, body, &front.services.assets.base()))
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
