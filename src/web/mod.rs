//! What browsers load, embedded in the binary: the frame of every page, its style, its scripts.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::html::escape;

/// A file that pages load.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub text: &'static str,
}

impl Asset {
    /// Names what is in it.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.text.as_bytes())
    }
}

/// The file of that name.
pub fn asset(name: &str) -> Option<Asset> {
    match name {
        "style.css" => Some(Asset { media_type: "text/css; charset=utf-8", text: include_str!("style.css") }),
        "mailbox.js" => Some(Asset { media_type: "text/javascript; charset=utf-8", text: include_str!("mailbox.js") }),
        _ => None,
    }
}

/// Names these bytes: the inner part of a strong entity tag.
pub fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(16).fold(String::new(), |mut tag, byte| {
        // Writing to a string does not fail.
        let _ = write!(tag, "{byte:02x}");
        tag
    })
}

/// A whole page. `body` is HTML, `title` is text.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><link \
         rel=\"stylesheet\" href=\"/static/style.css\"></head><body><main>{body}</main></body></html>\n",
        escape(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert!(page("</title><script>", "").contains("<title>&lt;/title&gt;&lt;script&gt;</title>"));
    }

    #[test]
    fn a_fingerprint_changes_with_what_it_names() {
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
        assert_eq!(fingerprint(b"a").len(), 32);
    }
}
