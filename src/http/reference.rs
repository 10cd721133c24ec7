//! Reference data: the same for everybody, named in the language that is asked for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::{self, Bytes},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Front, cache, language};
use crate::{
    accounts::{Names, country::Country, language::Language},
    web::fingerprint,
};

/// For how long anybody may keep it, in seconds.
const CACHE_CONTROL: &str = "public, max-age=86400";
/// Listings kept in memory, of some hundred kilobytes each. Others are made whenever they are asked for.
const KEPT: usize = 24;

/// A country.
#[derive(Serialize, ToSchema)]
pub struct CountryEntry {
    /// ISO 3166-1 alpha-2.
    #[schema(example = "BR")]
    code: &'static str,
    /// In the language asked for, where known, else in English.
    #[schema(example = "Brazil")]
    name: String,
}

/// All countries, by code.
#[derive(Serialize, ToSchema)]
pub struct Countries {
    countries: Vec<CountryEntry>,
}

/// A language.
#[derive(Serialize, ToSchema)]
pub struct LanguageEntry {
    /// ISO 639-3.
    #[schema(example = "por")]
    code: &'static str,
    /// ISO 639-1, for those that have it.
    #[schema(value_type = Option<String>, required = true, example = "pt")]
    iso639_1: Option<&'static str>,
    /// In the language asked for, where known, else in English.
    #[schema(example = "Portuguese")]
    name: String,
    /// As its speakers call it, where known.
    #[schema(value_type = Option<String>, required = true, example = "Português")]
    autonym: Option<&'static str>,
}

/// All languages, by code.
#[derive(Serialize, ToSchema)]
pub struct Languages {
    languages: Vec<LanguageEntry>,
}

/// The listings made so far, by what they list and the language of the names.
#[derive(Debug, Default)]
pub struct Listings(Mutex<HashMap<(&'static str, String), Arc<Listing>>>);

#[derive(Debug)]
struct Listing {
    body: Bytes,
    /// Opaque: the inner part of the entity tag.
    tag: String,
    language: String,
}

/// All countries.
#[utoipa::path(get, path = "/v1/countries", operation_id = "list_countries", tag = "Reference data",
    params(("Accept-Language" = Option<String>, Header, description = "The language of the names")),
    responses(
        (status = 200, description = "All countries of ISO 3166-1", body = Countries,
            headers(("ETag" = String), ("Cache-Control" = String), ("Content-Language" = String))),
        (status = 304, description = "What `If-None-Match` names is still true"),
    ))]
pub async fn countries(front: web::Data<Front>, request: HttpRequest) -> HttpResponse {
    answer(
        &request,
        &front.listings.get("countries", &request, |names| Countries {
            countries: Country::all()
                .into_iter()
                .map(|country| CountryEntry { code: country.code(), name: names.country(country).to_owned() })
                .collect(),
        }),
    )
}

/// All languages.
#[utoipa::path(get, path = "/v1/languages", operation_id = "list_languages", tag = "Reference data",
    params(("Accept-Language" = Option<String>, Header, description = "The language of the names")),
    responses(
        (status = 200, description = "All languages of ISO 639-3", body = Languages,
            headers(("ETag" = String), ("Cache-Control" = String), ("Content-Language" = String))),
        (status = 304, description = "What `If-None-Match` names is still true"),
    ))]
pub async fn languages(front: web::Data<Front>, request: HttpRequest) -> HttpResponse {
    answer(
        &request,
        &front.listings.get("languages", &request, |names| Languages {
            languages: Language::all()
                .into_iter()
                .map(|language| LanguageEntry {
                    code: language.code(),
                    iso639_1: language.iso639_1(),
                    name: names.language(language).to_owned(),
                    autonym: language.autonym(),
                })
                .collect(),
        }),
    )
}

impl Listings {
    fn get<T: Serialize>(
        &self,
        what: &'static str,
        request: &HttpRequest,
        list: impl FnOnce(&Names) -> T,
    ) -> Arc<Listing> {
        let known = |tag: &str| Names::in_language(short(tag)).map(|names| (short(tag).to_ascii_lowercase(), names));
        let (language, names) =
            language::negotiate(request.headers(), known).unwrap_or_else(|| ("en".to_owned(), Names::english()));
        let key = (what, language.clone());
        if let Some(listing) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(listing);
        }
        let body = serde_json::to_vec(&list(&names)).unwrap_or_default();
        let listing = Arc::new(Listing { tag: fingerprint(&body), body: body.into(), language });
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.insert(key, Arc::clone(&listing));
        }
        listing
    }
}

/// Language and script or region. Names depend on no more, and there are only so many of them.
fn short(tag: &str) -> &str {
    let end = tag.match_indices('-').nth(1).map_or(tag.len(), |(end, _)| end);
    tag.get(..end).unwrap_or(tag)
}

fn answer(request: &HttpRequest, listing: &Listing) -> HttpResponse {
    let mut response = cache::answer(request, &listing.tag, CACHE_CONTROL, |answer| {
        answer.insert_header((header::CONTENT_LANGUAGE, listing.language.as_str()));
        answer.content_type("application/json").body(listing.body.clone())
    });
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}
