//! Headers that every answer bears, unless its handler chose its own.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// For answers that no browser has to show: nothing may be loaded, nobody may frame them.
const API_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

/// For our pages: what they load comes from here, nothing is inline, and no text becomes markup or code.
pub const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// Adds what is missing. `secure`: the public URL is https.
pub fn harden(headers: &mut HeaderMap, secure: bool) {
    set_default(headers, header::CONTENT_SECURITY_POLICY, API_POLICY);
    set_default(headers, header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set_default(headers, header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if secure {
        set_default(headers, header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // A handler that says how its answer may be kept has made sure that it is the same for everybody.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.append(header::VARY, HeaderValue::from_static("Authorization, Cookie"));
    }
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_private_unless_it_says_otherwise() {
        let mut headers = HeaderMap::new();
        harden(&mut headers, false);
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
        assert_eq!(headers.get(header::VARY).unwrap(), "Authorization, Cookie");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));

        let mut public = HeaderMap::new();
        public.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
        harden(&mut public, true);
        assert_eq!(public.get(header::CACHE_CONTROL).unwrap(), "public, max-age=86400");
        assert!(!public.contains_key(header::VARY));
        assert!(public.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn a_page_keeps_its_own_policy() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
        harden(&mut headers, false);
        assert_eq!(headers.get(header::CONTENT_SECURITY_POLICY).unwrap(), PAGE_POLICY);
    }

    #[test]
    fn no_policy_allows_anything_inline_or_foreign() {
        for policy in [API_POLICY, PAGE_POLICY] {
            let policy = policy.to_str().unwrap();
            assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"));
            assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"));
        }
    }
}
