//! What is true of all operations of the OpenAPI document, said once: the problems that whoever sends a body or
//! credentials can meet, the form of every problem, and the headers that go with a status.
//!
//! The annotation of an operation names what is its own. Here that is completed, whichever operations there are.

use utoipa::{
    Modify,
    openapi::{
        ContentBuilder, Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, Responses, Type,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::problem::{self, Facts, Kind};

/// What every operation that reads a body can answer.
const OF_BODIES: [Kind; 3] = [Kind::MalformedRequest, Kind::PayloadTooLarge, Kind::UnsupportedMediaType];

/// Completes the document.
pub struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApi) {
        if let Some(components) = &mut document.components {
            components.security_schemes.extend(credentials());
        }
        for path in document.paths.paths.values_mut() {
            let PathItem { get, post, put, patch, delete, .. } = path;
            if let Some(operation) = get {
                complete(operation, Effect::Safe);
            }
            for operation in [post, put, patch, delete].into_iter().flatten() {
                complete(operation, Effect::Unsafe);
            }
        }
    }
}

/// Whether an operation changes anything (RFC 9110, 9.2.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Safe,
    Unsafe,
}

/// How callers show who they are, by name.
fn credentials() -> [(String, SecurityScheme); 3] {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let cookie = ApiKeyValue::with_description("__Host-chatlink_session", "The session of a browser");
    let csrf = ApiKeyValue::with_description("X-CSRF-Token", "Goes with the cookie, wherever something may change");
    [
        ("bearer".to_owned(), SecurityScheme::Http(bearer)),
        ("cookie".to_owned(), SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("csrf".to_owned(), SecurityScheme::ApiKey(ApiKey::Header(csrf))),
    ]
}

fn complete(operation: &mut Operation, effect: Effect) {
    if operation.request_body.is_some() {
        for kind in OF_BODIES {
            name(&mut operation.responses, kind);
        }
    }
    if operation.security.is_some() {
        secure(operation, effect);
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            describe(status, response);
        }
    }
}

/// Whatever needs a session takes one of either kind.
fn secure(operation: &mut Operation, effect: Effect) {
    let none = [""; 0];
    let (bearer, cookie) = (SecurityRequirement::new("bearer", none), SecurityRequirement::new("cookie", none));
    name(&mut operation.responses, Kind::NotAuthenticated);
    operation.security = Some(match effect {
        Effect::Safe => vec![bearer, cookie],
        Effect::Unsafe => {
            name(&mut operation.responses, Kind::CsrfFailed);
            vec![bearer, cookie.add("csrf", none)]
        }
    });
}

/// Names a problem among the answers, unless the operation has done so.
fn name(responses: &mut Responses, kind: Kind) {
    let Facts { slug, status, .. } = kind.facts();
    let slug = format!("`{slug}`");
    let response = responses.responses.entry(status.to_string()).or_insert_with(|| RefOr::T(Response::new("")));
    if let RefOr::T(Response { description, .. }) = response
        && !description.contains(&slug)
    {
        let separator = if description.is_empty() { "" } else { ", " };
        description.insert_str(0, &format!("{slug}{separator}"));
    }
}

/// Says what is in an answer of that status: of a problem the body, of everything the headers.
fn describe(status: &str, response: &mut Response) {
    if status.starts_with(['4', '5']) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        response.content.insert(problem::CONTENT_TYPE.to_owned(), content);
    }
    response.headers.insert("X-Request-Id".to_owned(), header(Type::String, "Names the request"));
    let of_status = match status {
        "304" => Some(("ETag", header(Type::String, "What the client has"))),
        "401" => Some(("WWW-Authenticate", header(Type::String, "`Bearer`"))),
        "429" | "503" => Some(("Retry-After", header(Type::Integer, "Seconds to wait"))),
        _ => None,
    };
    response.headers.extend(of_status.map(|(name, header)| (name.to_owned(), header)));
}

fn header(kind: Type, description: &str) -> Header {
    HeaderBuilder::new().schema(ObjectBuilder::new().schema_type(kind).build()).description(Some(description)).build()
}
