//! The OpenAPI document, made of the annotations of handlers and types.
//!
//! Its copy `openapi.json` is what is served. `UPDATE=1 cargo test --lib openapi` writes it anew.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Responses, Type,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    credentials, csrf, export, identifier_changes, identifiers, me, operations, password_resets, problem_body,
    reference, registrations, sessions, usernames,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ChatLink",
        version = "1",
        description = "Bodies are JSON objects of at most 16 KiB. Instants are RFC 3339 in UTC, dates `YYYY-MM-DD`. \
            Unknown members of a request are ignored, and answers may get new ones.\n\nEvery error is an \
            `application/problem+json` object (RFC 9457). Its `type` tells problems apart, and is also the path of a \
            page that explains it; each answer below names the last part of it. Besides those that are listed, any \
            call may answer 404 `not-found`, 405 `method-not-allowed` and 500 `internal`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "Registration", description = "Prove that an email address or a phone is yours, then make an account \
            of it. Start a session, type the code that was sent, complete the session with the token that the right \
            code gets. Whether an account exists makes no difference to any answer before that."),
        (name = "Password reset", description = "Prove that an account is yours, then give it another password. The \
            code goes to an address that the account has, and whether there is such an account makes no difference to \
            any answer."),
        (name = "Login", description = "Sessions of an account."),
        (name = "Account", description = "The caller’s own account."),
        (name = "Identifiers", description = "The email address and the phone number of the caller’s own account: a \
            new one is proved as at registration, and there is always one left."),
        (name = "Reference data", description = "The same for everybody."),
        (name = "Operations", description = "For whoever operates the server."),
    ),
    paths(
        registrations::start,
        registrations::status,
        registrations::resend,
        registrations::verify,
        registrations::complete,
        registrations::events,
        password_resets::start,
        password_resets::status,
        password_resets::resend,
        password_resets::verify,
        password_resets::complete,
        password_resets::events,
        sessions::log_in,
        sessions::refresh,
        sessions::list,
        sessions::revoke,
        sessions::revoke_others,
        sessions::log_out,
        csrf::token,
        me::read,
        me::change,
        credentials::change_password,
        credentials::delete,
        export::export,
        identifier_changes::start,
        identifier_changes::status,
        identifier_changes::resend,
        identifier_changes::verify,
        identifier_changes::complete,
        identifier_changes::events,
        identifiers::remove,
        reference::countries,
        reference::languages,
        usernames::check,
        operations::healthz,
        operations::readyz,
        operations::jwks,
        operations::change_password,
    ),
    components(schemas(problem_body::ProblemBody<'static>)),
    modifiers(&Common),
)]
struct Document;

/// The OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// What is true of all operations, said once.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = &mut document.components {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
            components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
            let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
                "__Host-chatlink_session",
                "Whatever is not GET or HEAD needs the session’s CSRF token as well, as `X-CSRF-Token`.",
            ));
            components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
        }
        for path in document.paths.paths.values_mut() {
            let operations = [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete];
            operations.into_iter().flatten().for_each(complete);
        }
    }
}

fn complete(operation: &mut Operation) {
    if operation.request_body.is_some() {
        add(&mut operation.responses, "400", "`malformed-request`");
        add(&mut operation.responses, "413", "`payload-too-large`");
        add(&mut operation.responses, "415", "`unsupported-media-type`");
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        response.headers.insert("X-Request-Id".to_owned(), header(Type::String, "Names the request"));
        if status.starts_with(['4', '5']) {
            let schema = Ref::from_schema_name("Problem");
            let content = ContentBuilder::new().schema(Some(schema)).build();
            response.content.insert("application/problem+json".to_owned(), content);
        }
        match status.as_str() {
            "401" => {
                response.headers.insert("WWW-Authenticate".to_owned(), header(Type::String, "`Bearer`"));
            }
            "429" | "503" => {
                response.headers.insert("Retry-After".to_owned(), header(Type::Integer, "Seconds to wait"));
            }
            _ => {}
        }
    }
}

fn add(responses: &mut Responses, status: &str, description: &str) {
    let response: Response = ResponseBuilder::new().description(description).build();
    responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
}

fn header(kind: Type, description: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new().schema(ObjectBuilder::new().schema_type(kind).build()).description(Some(description)).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{docs::DOCUMENT, problem};

    #[test]
    fn the_checked_in_document_is_what_the_code_says() {
        let current = format!("{}\n", openapi().to_pretty_json().unwrap());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/openapi.json"), &current).unwrap();
        } else {
            assert!(current == DOCUMENT, "src/http/openapi.json is stale: run `UPDATE=1 cargo test --lib openapi`");
        }
    }

    #[test]
    fn every_problem_that_is_named_exists() {
        let slugs: Vec<_> = problem::Kind::ALL.iter().map(|kind| kind.facts().slug).collect();
        for path in openapi().paths.paths.values() {
            for operation in [&path.get, &path.post, &path.patch].into_iter().flatten() {
                for (status, response) in &operation.responses.responses {
                    let RefOr::T(response) = response else { continue };
                    let named = response.description.split('`').skip(1).step_by(2).filter(|it| it.contains('-'));
                    for slug in named.filter(|_| status.starts_with(['4', '5'])) {
                        assert!(slugs.contains(&slug), "{slug}");
                    }
                }
            }
        }
    }
}
