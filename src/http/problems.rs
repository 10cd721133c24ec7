//! The page that the `type` of a problem points to.

use actix_web::{HttpResponse, web};

use super::{
    Front,
    pages::{inline, page},
    problem::{Kind, Problem},
};
use crate::html::escape;

/// `GET /problems`: all of them.
pub async fn index(front: web::Data<Front>) -> HttpResponse {
    let row = |kind: &Kind| {
        let facts = kind.facts();
        let title = escape(facts.title);
        format!(
            "<tr><td>{}<td><a href=\"/problems/{slug}\"><code>{slug}</code></a><td>{title}</tr>",
            facts.status,
            slug = facts.slug
        )
    };
    let rows = Kind::ALL.iter().map(row).collect::<Vec<_>>().concat();
    page(&front, "Problems", &format!("<h1>Problems</h1><table><tr><th>Status<th>Type<th>Title</tr>{rows}</table>"))
}

/// `GET /problems/{slug}`: one of them.
pub async fn explain(front: web::Data<Front>, slug: web::Path<String>) -> Result<HttpResponse, Problem> {
    let kind = Kind::ALL.iter().find(|kind| kind.facts().slug == slug.as_str()).ok_or(Kind::NotFound)?;
    let facts = kind.facts();
    let body = format!(
        "<p><a href=\"/problems\">Problems</a></p><h1>{}</h1><p>Status {}, type <code>/problems/{}</code></p><p>{}</p>",
        escape(facts.title),
        facts.status,
        facts.slug,
        inline(facts.meaning),
    );
    Ok(page(&front, facts.title, &body))
}
