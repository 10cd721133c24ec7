//! What browsers load: the client and its files, and the frame of the few pages that are made on the server.
//!
//! Everything is embedded in the binary and loads nothing from elsewhere. `client/` is the client as browsers read it;
//! nothing is bundled or compiled.

mod assets;
mod phone_formats;
pub mod shell;

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

pub use self::assets::{Asset, Assets};
use crate::html::escape;

/// Names these bytes: the inner part of a strong entity tag.
pub fn fingerprint(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes), 16)
}

/// So many of the first bytes.
fn hexadecimal(digest: &[u8], length: usize) -> String {
    digest.iter().take(length).fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A whole page. `body` is HTML, `title` is text, `base` is where the static files are.
pub fn page(title: &str, body: &str, base: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><link \
         rel=\"icon\" type=\"image/svg+xml\" href=\"{base}/icon.svg\"><link rel=\"stylesheet\" \
         href=\"{base}/style.css\"><link rel=\"stylesheet\" href=\"{base}/pages/pages.css\"></head>\
         <body><main>{body}</main></body></html>\n",
        escape(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert!(page("</title><script>", "", "").contains("<title>&lt;/title&gt;&lt;script&gt;</title>"));
    }

    #[test]
    fn a_fingerprint_changes_with_what_it_names() {
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
        assert_eq!(fingerprint(b"a").len(), 32);
    }
}
