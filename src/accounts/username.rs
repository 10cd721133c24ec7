//! The names by which people know each other: ASCII, so that no two of them look alike by way of another script,
//! shown as typed and unique without regard to case. No username holds an `@` or begins with a `+`, so whatever
//! somebody types to log in can be told apart: an email address, a phone number, or a username.

use std::fmt;

use super::field::{FieldCode, FieldError};

const MIN_LENGTH: usize = 3;
const MAX_LENGTH: usize = 30;

/// Names that could be taken for ChatLink itself, for a part of it, or for somebody who speaks for it. Compared
/// without regard to case, `_` and `.`.
const RESERVED: &str = "
    abuse account accounts admin administration administrator admins all anonymous api app assets auth billing blog
    bot chat chatlink chatlinkadmin chatlinkhelp chatlinkofficial chatlinksupport chatlinkteam config contact
    countries csrf deleted dev developer docs email everyone export favicon feedback ftp guest healthz help helpdesk
    home host hostmaster http https imap info jobs languages legal login logout mail mailbox mailerdaemon matches me
    media messages metrics mod moderator moderators myself news nobody noreply notifications null official openapi
    operator owner password passwordreset postmaster press privacy profile public readyz register registration
    registrations root security self server service sessions settings signin signup smtp staff static status support
    system team terms undefined username users webmaster www";

/// A username by the rules above.
#[derive(Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Parses a name that somebody would like to have.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let well_formed = is_well_formed(input);
        // Before its length, for `me` is reserved, and would be if shorter names were taken.
        if well_formed && is_reserved(input) {
            return Err(FieldCode::UsernameReserved.into());
        }
        let length = input.chars().count();
        if length < MIN_LENGTH {
            return Err(FieldCode::TooShort.into());
        }
        if length > MAX_LENGTH {
            return Err(FieldCode::TooLong.into());
        }
        if !well_formed {
            return Err(FieldCode::InvalidFormat.into());
        }
        Ok(Self(input.to_owned()))
    }

    /// The name as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is unique among accounts.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The canonical form of a name that an account may have. Whether it is reserved does not matter here: words
    /// may be reserved later than an account was made, and its owner must still get in.
    pub fn canonical_of(input: &str) -> Option<String> {
        let possible = (MIN_LENGTH..=MAX_LENGTH).contains(&input.len()) && is_well_formed(input);
        possible.then(|| input.to_ascii_lowercase())
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(…)")
    }
}

/// Words of letters and digits, joined by single separators, the first one beginning with a letter.
fn is_well_formed(input: &str) -> bool {
    input.starts_with(|c: char| c.is_ascii_alphabetic())
        && input.split(['_', '.']).all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_reserved(input: &str) -> bool {
    let bare: String = input.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    RESERVED.split_ascii_whitespace().any(|word| word == bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(input: &str) -> Option<FieldCode> {
        Username::parse(input).err().map(|error| error.code)
    }

    #[test]
    fn names_by_the_rules_are_kept_as_typed() {
        for name in ["Ann", "a.b_c", "zoe99", "A1_2.3", &"x".repeat(30)] {
            assert_eq!(Username::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(Username::parse("Ann.Lee").unwrap().canonical(), "ann.lee");
    }

    #[test]
    fn everything_else_is_refused() {
        assert_eq!(code(""), Some(FieldCode::TooShort));
        assert_eq!(code("ab"), Some(FieldCode::TooShort));
        assert_eq!(code(&"x".repeat(31)), Some(FieldCode::TooLong));
        let malformed = [
            "1ann",
            "_ann",
            ".ann",
            "ann_",
            "ann.",
            "a__b",
            "a..b",
            "a._b",
            "a_.b",
            "ann lee",
            " ann",
            "ann\n",
            "ann@x",
            "+ann",
            "ann-lee",
            "änn",
            "аnn",
            "a\u{301}nn",
            "ann\0",
            "ann'--",
        ];
        for name in malformed {
            assert_eq!(code(name), Some(FieldCode::InvalidFormat), "{name:?}");
            assert_eq!(Username::canonical_of(name), None, "{name:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(code("éé"), Some(FieldCode::TooShort));
        assert_eq!(code(&"é".repeat(30)), Some(FieldCode::InvalidFormat));
    }

    #[test]
    fn names_of_the_house_are_reserved_however_they_are_spelled() {
        for name in ["me", "admin", "ADMIN", "Sup.Port", "chat_link", "Chatlink.Support", "root", "no_reply", "www"] {
            assert_eq!(code(name), Some(FieldCode::UsernameReserved), "{name}");
        }
        assert_eq!(code("administratrix"), None);
        assert_eq!(Username::canonical_of("Admin").as_deref(), Some("admin"));
    }
}
