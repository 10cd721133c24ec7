//! The whole route table.

use std::future::{Ready, ready};

use actix_web::{
    Error, FromRequest, Handler, Resource, Responder, Route,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    http::header::{self, HeaderValue},
    middleware::{Compress, from_fn},
    web::{self, ServiceConfig},
};

use super::{
    Front, Services, cache, client, credentials, csrf, dev, docs,
    edge::{self, Edge},
    export, identifier_changes, identifiers, me, operations, password_checks, password_resets,
    problem::{Kind, Problem},
    problems, receipts, reference, registrations, sessions, usernames,
};

/// Everything that is served on the public address, middleware included; to be called for every worker.
pub fn routes(services: Services) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let edge = web::Data::new(Edge::new(&services));
    let front = web::Data::new(Front::new(services));
    move |config| {
        config.app_data(edge.clone()).app_data(front.clone()).service(
            web::scope("").wrap(from_fn(edge::edge)).default_service(web::to(client::nowhere)).configure(table),
        );
    }
}

/// In this order they are tried. Paths without parameters come first: they are only compared, while each of the others
/// costs a search, so that of these the ones asked for most come before the rest.
fn table(config: &mut ServiceConfig) {
    config
        // One-time codes
        .service(at("/v1/registrations", [post(registrations::start)]))
        .service(at("/v1/password-resets", [post(password_resets::start)]))
        .service(at("/v1/identifier-changes", [post(identifier_changes::start)]))
        .service(at(receipts::PATH, [post(receipts::take)]))
        // Login and the caller's own account
        .service(at("/v1/sessions", [get(sessions::list), post(sessions::log_in)]))
        .service(at("/v1/sessions/refresh", [post(sessions::refresh)]))
        .service(at("/v1/sessions/revoke-others", [post(sessions::revoke_others)]))
        .service(at("/v1/logout", [post(sessions::log_out)]))
        .service(at("/v1/csrf", [get(csrf::token)]))
        .service(at("/v1/me", [get(me::read), patch(me::change)]))
        .service(at("/v1/me/password", [post(credentials::change_password)]))
        .service(at("/v1/me/delete", [post(credentials::delete)]))
        .service(at("/v1/me/identifiers/remove", [post(identifiers::remove)]))
        .service(at("/v1/me/export", [get(export::export)]))
        // Reference data
        .service(compressed(at("/v1/countries", [get(reference::countries)])))
        .service(compressed(at("/v1/languages", [get(reference::languages)])))
        .service(at("/v1/password-checks", [post(password_checks::check)]))
        // Operations
        .service(at("/healthz", [get(operations::healthz)]))
        .service(at("/readyz", [get(operations::readyz)]))
        .service(at("/.well-known/jwks.json", [get(operations::jwks)]))
        .service(at("/.well-known/change-password", [get(operations::change_password)]))
        // Pages and documents
        .configure(views)
        .service(compressed(at("/openapi.json", [get(docs::openapi)])))
        .service(compressed(at("/docs", [get(docs::reference)])))
        .service(at("/problems", [get(problems::index)]))
        // Development mode alone
        .service(at("/dev/mailbox", [get(dev::mailbox)]))
        .service(at("/dev/mailbox/news", [get(dev::news)]))
        .service(at("/dev/messages", [get(dev::messages)]))
        // Sessions of one-time codes
        .service(at("/v1/registrations/{id}/verify", [post(registrations::verify)]))
        .service(at("/v1/registrations/{id}", [get(registrations::status)]))
        .service(at("/v1/registrations/{id}/events", [get(registrations::events)]))
        .service(at("/v1/registrations/{id}/complete", [post(registrations::complete)]))
        .service(at("/v1/registrations/{id}/resend", [post(registrations::resend)]))
        .service(at("/v1/password-resets/{id}/verify", [post(password_resets::verify)]))
        .service(at("/v1/password-resets/{id}", [get(password_resets::status)]))
        .service(at("/v1/password-resets/{id}/events", [get(password_resets::events)]))
        .service(at("/v1/password-resets/{id}/complete", [post(password_resets::complete)]))
        .service(at("/v1/password-resets/{id}/resend", [post(password_resets::resend)]))
        .service(at("/v1/identifier-changes/{id}/verify", [post(identifier_changes::verify)]))
        .service(at("/v1/identifier-changes/{id}", [get(identifier_changes::status)]))
        .service(at("/v1/identifier-changes/{id}/events", [get(identifier_changes::events)]))
        .service(at("/v1/identifier-changes/{id}/complete", [post(identifier_changes::complete)]))
        .service(at("/v1/identifier-changes/{id}/resend", [post(identifier_changes::resend)]))
        // The others
        .service(at("/v1/sessions/{id}/revoke", [post(sessions::revoke)]))
        .service(at("/v1/usernames/{name}", [get(usernames::check)]))
        .service(compressed(at("/static/{version}/{path:.*}", [get(client::file)])))
        .service(at("/problems/{slug}", [get(problems::explain)]));
}

/// The client, wherever it is.
fn views(config: &mut ServiceConfig) {
    for path in client::PATHS {
        config.service(at(path, [get(client::page)]));
    }
}

/// What answers one method of a path.
pub(super) struct Method {
    allow: &'static str,
    route: Route,
}

pub(super) fn get<F, Args>(handler: F) -> Method
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let guard = guard::Any(guard::Get()).or(guard::Head());
    Method { allow: "GET, HEAD", route: web::route().guard(guard).to(handler) }
}

fn post<F, Args>(handler: F) -> Method
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Method { allow: "POST", route: web::post().to(handler) }
}

fn patch<F, Args>(handler: F) -> Method
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Method { allow: "PATCH", route: web::patch().to(handler) }
}

pub(super) type Served = ServiceResponse<BoxBody>;

pub(super) fn at<const N: usize>(
    path: &'static str,
    methods: [Method; N],
) -> Resource<impl ServiceFactory<ServiceRequest, Config = (), Response = Served, Error = Error, InitError = ()>> {
    let allow = methods.each_ref().map(|method| method.allow).join(", ");
    let resource = methods.into_iter().fold(web::resource(path), |resource, method| resource.route(method.route));
    resource
        .default_service(web::to(move || no_such_method(&allow)))
        .wrap(from_fn(move |request, next| edge::guard(edge::Route(path), request, next)))
}

fn compressed<T>(
    resource: Resource<T>,
) -> Resource<impl ServiceFactory<ServiceRequest, Config = (), Response = Served, Error = Error, InitError = ()>>
where
    T: ServiceFactory<ServiceRequest, Config = (), Response = Served, Error = Error, InitError = ()> + 'static,
{
    resource.wrap(Compress::default()).wrap(from_fn(cache::distinguish_encodings))
}

pub(super) fn nowhere() -> Ready<Problem> {
    ready(Kind::NotFound.into())
}

fn no_such_method(allow: &str) -> Ready<Problem> {
    let allow = HeaderValue::from_str(allow).unwrap_or(HeaderValue::from_static(""));
    ready(Problem::from(Kind::MethodNotAllowed).header(header::ALLOW, allow))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::http::openapi;

    /// What is there for browsers, for developers and for the gateway's receipts, not for clients.
    fn is_undocumented(path: &str) -> bool {
        let pages = ["/docs", "/problems", "/problems/{slug}", "/static/{version}/{path:.*}"];
        path.starts_with("/dev/") || path == "receipts::PATH" || path == "/openapi.json" || pages.contains(&path)
    }

    /// Method and path of every route in the table above, as it is written.
    fn served() -> BTreeSet<String> {
        let source: String = include_str!("routes.rs").split_whitespace().collect();
        let table = source.split_once("fntable(").and_then(|(_, rest)| rest.split_once("}///")).unwrap().0;
        let routes = table.split("at(").skip(1).flat_map(|route| {
            let (path, methods) = route.split_once(",[").unwrap();
            let methods = methods.split_once(']').unwrap().0.split(',');
            let path = path.trim_matches('"').to_owned();
            methods.map(move |method| format!("{} {path}", method.split_once('(').unwrap().0))
        });
        routes.filter(|route| !is_undocumented(route.split_once(' ').unwrap().1)).collect()
    }

    #[test]
    fn what_is_served_is_documented_and_what_is_documented_is_served() {
        let document = serde_json::to_value(openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap().iter();
        let documented: BTreeSet<String> = paths
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
            })
            .collect();
        let served = served();
        assert_eq!(served.symmetric_difference(&documented).collect::<Vec<_>>(), [""; 0]);
        assert!(served.len() > 15 && served.contains("get /v1/me"));
    }
}
