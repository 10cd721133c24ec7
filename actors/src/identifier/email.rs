//! Email addresses: kept as typed for delivery, folded for identity.

use email_address::{EmailAddress, Options};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::IdentifierError;

/// Longest address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the angle brackets), in octets.
const EMAIL_MAX_OCTETS: usize = 254;
/// Longest local part (RFC 5321, 4.5.3.1.1), in octets.
const LOCAL_PART_MAX_OCTETS: usize = 64;
/// More octets than an address of that length has in any script; beyond, nothing is looked at.
const INPUT_MAX_OCTETS: usize = 4 * EMAIL_MAX_OCTETS;

/// An email address by RFC 5321 and 6531, without display name, domain literal or single-label domain.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// As typed, but composed (NFC, RFC 6532, 3.1): only the receiving host may interpret it (RFC 5321, 2.3.11).
    local: String,
    /// Lower-case A-labels.
    domain: String,
}

impl Email {
    /// Parses an address as typed; surrounding white space is dropped.
    ///
    /// # Errors
    /// [`IdentifierError::TooLong`] or [`IdentifierError::Malformed`].
    pub fn parse(input: &str) -> Result<Self, IdentifierError> {
        let input = input.trim();
        let (local, domain) = input.rsplit_once('@').ok_or(IdentifierError::Malformed)?;
        if input.len() > INPUT_MAX_OCTETS {
            return Err(IdentifierError::TooLong);
        }
        if input.contains(char::is_control) {
            return Err(IdentifierError::Malformed);
        }
        let local: String = local.nfc().collect();
        let domain = Uts46::new()
            .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
            .map_err(|_| IdentifierError::Malformed)?
            .into_owned();
        // An IPv4 address is no domain, though it looks like one; and no top-level domain is all digits.
        if domain.rsplit('.').next().is_none_or(|top| top.bytes().all(|b| b.is_ascii_digit())) {
            return Err(IdentifierError::Malformed);
        }
        if local.len() > LOCAL_PART_MAX_OCTETS || local.len() + 1 + domain.len() > EMAIL_MAX_OCTETS {
            return Err(IdentifierError::TooLong);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        EmailAddress::parse_with_options(&format!("{local}@{domain}"), options)
            .map_err(|_| IdentifierError::Malformed)?;
        Ok(Self { local, domain })
    }

    /// The address to deliver to: local part as typed but composed, domain in A-labels.
    pub fn address(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// The part before the `@`, as typed but composed.
    pub fn local_part(&self) -> &str {
        &self.local
    }

    pub(super) fn canonical(&self) -> String {
        // Composed again, for a small letter may have a composed form where its capital has none.
        let local: String = least_quoted(&self.local).to_lowercase().nfc().collect();
        format!("{local}@{}", self.domain)
    }

    pub(super) fn masked(&self) -> String {
        let first: String = self.local.chars().take(1).collect();
        format!("{first}•••@{}", self.domain)
    }
}

/// Quoting that is not needed makes no other mailbox (RFC 5321, 4.1.2), or else one mailbox would have many names,
/// each with its own limits.
fn least_quoted(local: &str) -> String {
    let Some(quoted) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return local.to_owned();
    };
    let mut content = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        content.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    if !content.starts_with('"') && EmailAddress::is_valid_local_part(&content) {
        return content;
    }
    format!("\"{}\"", content.replace('\\', "\\\\").replace('"', "\\\""))
}
