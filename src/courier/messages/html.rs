//! The HTML form of a mail: one column that reads well on a phone, loads nothing and links to nothing.

use chatlink_actors::locale::Locale;

use super::Piece;
use crate::html::escape;

const PAGE: &str = "margin:0 auto;max-width:32em;padding:1.5em;font:16px/1.5 sans-serif";
const CODE: &str = "font:bold 32px/1.25 monospace;letter-spacing:4px";

/// Renders the pieces as a document. Whatever is put in is escaped.
pub(super) fn document(locale: Locale, title: &str, pieces: &[Piece<'_>]) -> String {
    // Said twice in the document, since webmail shows the body without the root element.
    let direction = locale.direction();
    let (tag, title) = (locale.tag(), escape(title));
    let body: String = pieces.iter().map(paragraph).collect();
    format!(
        "<!doctype html>\n<html lang=\"{tag}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n</head>\n\
         <body style=\"{PAGE}\">\n<div lang=\"{tag}\" dir=\"{direction}\">\n{body}</div>\n</body>\n</html>\n"
    )
}

fn paragraph(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Line(line) => format!("<p>{}</p>\n", escape(line)),
        Piece::Code(digits) => format!("<p style=\"{CODE}\"><bdi dir=\"ltr\">{}</bdi></p>\n", escape(digits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_put_in_becomes_markup() {
        let evil = "<script>&\"'";
        let document = document(Locale::En, evil, &[Piece::Line(evil.into()), Piece::Code(evil)]);
        assert!(!document.contains("<script"));
        assert_eq!(document.matches("&lt;script&gt;&amp;&quot;&#39;").count(), 3);
    }
}
