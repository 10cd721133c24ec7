//! Text in HTML.

use std::fmt::{self, Write as _};

/// Shown, it is text wherever it stands: in an element, or in an attribute in quotes.
#[derive(Debug)]
pub struct Escaped<'a>(&'a str);

pub fn escape(text: &str) -> Escaped<'_> {
    Escaped(text)
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        let text = "<script>'a' & \"b\"</script> ü";
        assert_eq!(escape(text).to_string(), "&lt;script&gt;&#39;a&#39; &amp; &quot;b&quot;&lt;/script&gt; ü");
    }
}
