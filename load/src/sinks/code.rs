//! Finds the code in a message as people get it.

use mail_parser::MessageParser;

/// The code in the words of a message: a line of nothing but digits. Notices have none.
pub fn in_text(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let digits: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        ((4..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
    })
}

/// The code in a mail as it is sent: MIME parts, transfer encodings and all.
pub fn in_mail(mail: &[u8]) -> Option<String> {
    in_text(&MessageParser::default().parse(mail)?.body_text(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTED_PRINTABLE: &str = "Subject: Your code, 2026\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        Gr=C3=BC=C3=9Fe! This code confirms your =\r\naddress:\r\n\r\n=3125995\r\n\r\nIt is valid for 5 minutes.\r\n\
        --b\r\nContent-Type: text/html\r\n\r\n<p>000000</p>\r\n--b--\r\n";

    #[test]
    fn a_code_is_a_line_of_digits() {
        assert_eq!(in_text("Your code:\n606378\nValid for 5 minutes.\n@localhost #606378").unwrap(), "606378");
        assert_eq!(in_text("Your code:\r\n\r\n12345 67890\r\n").unwrap(), "1234567890");
        assert_eq!(in_text("New login at 2026-11-25 20:37 from 127.0.0.1, code 606378"), None);
        assert_eq!(in_text(""), None);
    }

    #[test]
    fn mails_are_decoded() {
        assert_eq!(in_mail(QUOTED_PRINTABLE.as_bytes()).unwrap(), "125995");
        let base64 = "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nQ29kZToKCjEyNTk5NQo=\r\n";
        assert_eq!(in_mail(base64.as_bytes()).unwrap(), "125995");
        assert_eq!(in_mail(b""), None);
    }
}
