//! The OpenAPI document, made of the annotations of handlers and types.
//!
//! Its copy `openapi.json` is what is served. `UPDATE=1 cargo test --lib openapi` writes it anew.

use utoipa::OpenApi;

use super::{
    common::Common, credentials, csrf, export, identifier_changes, identifiers, me, operations, password_checks,
    password_resets, problem_body, reference, registrations, sessions, usernames,
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
            path may answer 405 `method-not-allowed` with `Allow`, any other path 404 `not-found`, and whatever goes \
            wrong on our side 500 `internal`. What is no HTTP at all is answered 400, 408 or 431 without a body.\n\n\
            `GET` is listed, `HEAD` goes with it. What is not reference data bears `Cache-Control: no-store` and \
            `Vary: Authorization, Cookie`.",
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
        password_checks::check,
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
    fn every_problem_that_is_named_exists_and_has_that_status() {
        let document = serde_json::to_value(openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|methods| methods.as_object().unwrap().values());
        for (status, response) in operations.flat_map(|it| it["responses"].as_object().unwrap()) {
            if status.starts_with(['4', '5']) {
                let description = response["description"].as_str().unwrap();
                let named: Vec<_> = description.split('`').skip(1).step_by(2).filter(|it| it.contains('-')).collect();
                assert!(!named.is_empty(), "{description}");
                for slug in named {
                    let known = problem::Kind::ALL.iter().map(|kind| kind.facts()).find(|it| it.slug == slug);
                    assert_eq!(known.map(|it| it.status.to_string()).as_ref(), Some(status), "{slug}");
                }
            }
        }
    }
}
