//! The API reference: the OpenAPI document, and a page made of it that loads nothing from elsewhere.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::{Front, cache, pages};
use crate::{html::escape, web::fingerprint};

/// The document as it is checked in; a test keeps it equal to what the code says.
pub const DOCUMENT: &str = include_str!("openapi.json");

/// `GET /openapi.json`.
pub async fn openapi(request: HttpRequest) -> HttpResponse {
    cache::answer(&request, &fingerprint(DOCUMENT.as_bytes()), "public, max-age=300", |answer| {
        answer.content_type("application/json").body(DOCUMENT)
    })
}

/// `GET /docs`.
pub async fn reference(front: web::Data<Front>) -> HttpResponse {
    pages::page(&front, "API reference", &front.reference)
}

/// The document as HTML.
pub fn render(document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let tags = items(at(&document, "/tags")).map(|tag| section(&document, tag));
    let schemas = members(at(&document, "/components/schemas")).map(|(name, schema)| schema_section(name, schema));
    format!(
        "<p><a href=\"/\">ChatLink</a></p><h1>API reference</h1>{}{}<h2 id=\"schemas\">Schemas</h2>{}",
        prose(at(&document, "/info/description")),
        joined(tags),
        joined(schemas),
    )
}

fn section(document: &Value, tag: &Value) -> String {
    let operations = members(at(document, "/paths")).flat_map(|(path, methods)| {
        let tagged = members(methods).filter(|(_, operation)| at(operation, "/tags/0") == at(tag, "/name"));
        tagged.map(move |(method, operation)| operation_section(path, method, operation))
    });
    format!("<h2>{}</h2>{}{}", text(at(tag, "/name")), prose(at(tag, "/description")), joined(operations))
}

fn operation_section(path: &str, method: &str, operation: &Value) -> String {
    let parameters = items(at(operation, "/parameters")).map(|parameter| {
        let [name, place] = ["/name", "/in"].map(|cell| text(at(parameter, cell)));
        format!("<tr><td><code>{name}</code><td>{place}<td>{}</tr>", inline(at(parameter, "/description")))
    });
    let responses = members(at(operation, "/responses")).map(|(status, response)| {
        let description = inline(at(response, "/description"));
        format!("<tr><td>{}<td>{description}<td>{}</tr>", escape(status), content(response))
    });
    format!(
        "<details><summary><span class=\"method\">{}</span> <code>{}</code><br>{}</summary>{}{}{}<table><tr><th>Status\
         <th>Meaning<th>Body</tr>{}</table></details>",
        escape(&method.to_uppercase()),
        escape(path),
        inline(at(operation, "/summary")),
        prose(at(operation, "/description")),
        table("<tr><th>Parameter<th>In<th>Meaning</tr>", &joined(parameters)),
        match content(at(operation, "/requestBody")).as_str() {
            "" => String::new(),
            body => format!("<p>Body: {body}</p>"),
        },
        joined(responses),
    )
}

fn schema_section(name: &str, schema: &Value) -> String {
    let name = escape(name);
    format!("<h3 id=\"{name}\">{name}</h3>{}{}", prose(at(schema, "/description")), schema_body(schema))
}

/// The members of an object, or what else there is to say.
fn schema_body(schema: &Value) -> String {
    let parts = joined(items(at(schema, "/allOf")).map(schema_part));
    let rows = members(at(schema, "/properties")).map(|(name, member)| {
        let required = items(at(schema, "/required")).any(|it| it == name);
        let note = if required { "" } else { " <span class=\"faint\">optional</span>" };
        let (name, kind, about) = (escape(name), kind_of(member), inline(at(member, "/description")));
        format!("<tr><td><code>{name}</code>{note}<td>{kind}<td>{about}</tr>")
    });
    let is_choice = ["/enum", "/oneOf"].iter().any(|list| at(schema, list).is_array());
    let values = if is_choice { format!("<p>{}</p>", kind_of(schema)) } else { String::new() };
    format!("{parts}{values}{}", table("<tr><th>Member<th>Type<th>Meaning</tr>", &joined(rows)))
}

fn schema_part(part: &Value) -> String {
    if at(part, "/$ref").is_string() { format!("<p>All of {}, and:</p>", kind_of(part)) } else { schema_body(part) }
}

fn content(holder: &Value) -> String {
    members(at(holder, "/content")).map(|(_, media)| kind_of(at(media, "/schema"))).collect::<Vec<_>>().join(" or ")
}

fn kind_of(schema: &Value) -> String {
    if let Some(name) = at(schema, "/$ref").as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    let choices = |list: &Value| items(list).map(kind_of).collect::<Vec<_>>().join(" or ");
    if at(schema, "/oneOf").is_array() {
        return choices(at(schema, "/oneOf"));
    }
    if at(schema, "/enum").is_array() {
        let values = items(at(schema, "/enum")).map(|value| format!("<code>{}</code>", text(value)));
        return values.collect::<Vec<_>>().join(", ");
    }
    match at(schema, "/type") {
        Value::String(kind) if kind == "array" => format!("array of {}", kind_of(at(schema, "/items"))),
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        kind => match at(schema, "/format").as_str() {
            Some(format) => format!("{} <span class=\"faint\">{}</span>", text(kind), escape(format)),
            None => text(kind),
        },
    }
}

fn table(head: &str, rows: &str) -> String {
    if rows.is_empty() { String::new() } else { format!("<table>{head}{rows}</table>") }
}

/// What a JSON pointer points to, or null.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// What stands between backticks is code.
fn inline(value: &Value) -> String {
    pages::inline(value.as_str().unwrap_or_default())
}

/// Paragraphs.
fn prose(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let paragraphs = text.split("\n\n").filter(|it| !it.trim().is_empty());
    joined(paragraphs.map(|it| format!("<p>{}</p>", pages::inline(it))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_every_schema_is_shown() {
        let page = render(DOCUMENT);
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        for (path, methods) in members(&document["paths"]) {
            let shown = page.matches(&format!("<code>{}</code><br>", escape(path))).count();
            assert_eq!(shown, members(methods).count(), "{path}");
        }
        for (name, _) in members(&document["components"]["schemas"]) {
            assert!(page.contains(&format!("<h3 id=\"{name}\">")), "{name}");
        }
        for link in page.split("href=\"#").skip(1) {
            let name = link.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        let page = crate::web::page("", &render(DOCUMENT), "/static/version");
        for part in ["src=", "href=\""] {
            for link in page.split(part).skip(1) {
                assert!(link.starts_with(['/', '#']), "{}", link.chars().take(60).collect::<String>());
            }
        }
    }
}
