//! Conditional answers (RFC 9110, 13): what a client has already is not sent again.

use actix_web::{
    Error, HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, ETag, EntityTag, Header as _, HeaderMap, HeaderValue, IfNoneMatch},
    },
    middleware::Next,
};

/// Answers with what `fill` makes, unless the client has that version of it. `version` is the inner part of a strong
/// entity tag.
pub fn answer(
    request: &HttpRequest,
    version: &str,
    cache_control: &'static str,
    fill: impl FnOnce(&mut HttpResponseBuilder) -> HttpResponse,
) -> HttpResponse {
    let known = known(request, version);
    let mut answer = HttpResponse::build(if known.is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    let tag = known.as_deref().unwrap_or(version);
    answer.insert_header(ETag(EntityTag::new_strong(tag.to_owned())));
    answer.insert_header((header::CACHE_CONTROL, cache_control));
    if known.is_some() { answer.finish() } else { fill(&mut answer) }
}

/// The tag by which the client has this version, if it has it: with or without the encoding that
/// [`distinguish_encodings`] added.
fn known(request: &HttpRequest, version: &str) -> Option<String> {
    let names = |tag: &str| tag.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    match IfNoneMatch::parse(request).ok()? {
        IfNoneMatch::Any => Some(version.to_owned()),
        IfNoneMatch::Items(tags) => tags.iter().map(EntityTag::tag).find(|tag| names(tag)).map(ToOwned::to_owned),
    }
}

/// The middleware around a compressed resource: a strong tag names the bytes that are sent (RFC 9110, 8.8.3.3), and
/// they depend on the encoding.
pub async fn distinguish_encodings(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    match headers.get(header::CONTENT_ENCODING).cloned() {
        None => headers.append(header::VARY, HeaderValue::from_static("accept-encoding")),
        Some(encoding) => suffix_tag(headers, &encoding),
    }
    Ok(response.map_into_boxed_body())
}

fn suffix_tag(headers: &mut HeaderMap, encoding: &HeaderValue) {
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()?.strip_suffix('"').map(ToOwned::to_owned));
    if let (Some(tag), Ok(encoding)) = (tag, encoding.to_str())
        && let Ok(tag) = HeaderValue::from_str(&format!("{tag}-{encoding}\""))
    {
        headers.insert(header::ETAG, tag);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        middleware::{Compress, from_fn},
        test, web,
    };

    use super::*;

    async fn listing(request: HttpRequest) -> HttpResponse {
        answer(&request, "v1", "public", |answer| answer.content_type("text/plain").body("x".repeat(5000)))
    }

    async fn get(conditions: &[(&str, &str)]) -> (u16, String) {
        let resource = web::resource("/")
            .route(web::get().to(listing))
            .wrap(Compress::default())
            .wrap(from_fn(distinguish_encodings));
        let app = test::init_service(App::new().service(resource)).await;
        let request =
            conditions.iter().fold(test::TestRequest::get(), |request, header| request.insert_header(*header));
        let response = test::call_service(&app, request.to_request()).await;
        let tag = response.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned();
        assert_eq!(response.headers().get(header::VARY).unwrap(), "accept-encoding");
        (response.status().as_u16(), tag)
    }

    #[actix_web::test]
    async fn each_encoding_has_its_tag_and_any_of_them_is_known() {
        assert_eq!(get(&[]).await, (200, "\"v1\"".to_owned()));
        assert_eq!(get(&[("accept-encoding", "gzip")]).await, (200, "\"v1-gzip\"".to_owned()));
        for tag in ["\"v1\"", "\"v1-gzip\""] {
            assert_eq!(get(&[("accept-encoding", "gzip"), ("if-none-match", tag)]).await, (304, tag.to_owned()));
        }
        assert_eq!(get(&[("if-none-match", "\"v0\", W/\"v1\"")]).await, (304, "\"v1\"".to_owned()));
        assert_eq!(get(&[("if-none-match", "*")]).await.0, 304);
        for other in ["\"v0\"", "\"v11\"", "nonsense"] {
            assert_eq!(get(&[("if-none-match", other)]).await.0, 200, "{other}");
        }
    }
}
